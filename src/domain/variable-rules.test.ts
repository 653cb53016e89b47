import { expect, test } from 'vitest'
import { aVariable } from '@/testing/builders'
import { looksSecret } from '#contract/secret-names'
import { consequenceOf, exceptedServices, overriddenBy, placeOf } from './variable-rules'

test('the most specific of those that reach the same place wins', () => {
  const fleet = aVariable()
  const device = aVariable({ scope: 'device' })
  const ofService = aVariable({ scope: 'device-service', service: 'api' })
  const all = [fleet, device, ofService]
  expect(overriddenBy(fleet, all)).toBe(device)
  expect(overriddenBy(device, all)).toBeNull()
  expect(overriddenBy(ofService, all)).toBeNull()
})

test('a value of one service does not override the value of the others', () => {
  const fleet = aVariable()
  const ofService = aVariable({ scope: 'fleet-service', service: 'api' })
  expect(overriddenBy(fleet, [fleet, ofService])).toBeNull()
  expect(exceptedServices(fleet, [fleet, ofService])).toEqual(['api'])
  expect(exceptedServices(ofService, [fleet, ofService])).toEqual([])
})

test('a device-wide value beats a fleet service value', () => {
  const ofService = aVariable({ scope: 'fleet-service', service: 'api' })
  const device = aVariable({ scope: 'device' })
  expect(overriddenBy(ofService, [ofService, device])).toBe(device)
})

test('kind and name must be the same', () => {
  const fleet = aVariable()
  const others = [
    aVariable({ scope: 'device', name: 'OTHER' }),
    aVariable({ scope: 'device', kind: 'configuration' }),
  ]
  expect(overriddenBy(fleet, [fleet, ...others])).toBeNull()
})

test('places and consequences are named', () => {
  expect(placeOf(aVariable({ scope: 'fleet-service', service: 'api' }))).toBe('fleet service api')
  expect(consequenceOf({ kind: 'environment', service: 'api' }, 'device')).toContain(
    'The service api restarts',
  )
  expect(consequenceOf({ kind: 'environment', service: null }, 'fleet')).toContain(
    'every device of the fleet',
  )
  expect(consequenceOf({ kind: 'configuration', service: null }, 'device')).toContain('reboots')
})

test('names that look like secrets are told from others', () => {
  expect(['API_KEY', 'mqtt_token', 'CLIENT_SECRET', 'DbPassword'].every(looksSecret)).toBe(true)
  expect(['INTERVAL', 'LOG_LEVEL'].some(looksSecret)).toBe(false)
})
