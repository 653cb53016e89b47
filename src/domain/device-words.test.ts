import { expect, test } from 'vitest'
import { healthCodes, type HealthReason } from '#contract/health'
import { reasonHeading } from './device-words'

test.each<[Pick<HealthReason, 'layer' | 'service' | 'code'>, string]>([
  [{ layer: 'service', service: 'api', code: 'service-crash-loop' }, 'Service api: crash-looping'],
  [{ layer: 'service', service: 'api', code: 'update-locked' }, 'Service api: update lock held'],
  [{ layer: 'service', code: 'service-wrong-release' }, 'Service: not on target release'],
  [{ layer: 'hardware', code: 'cpu-temperature' }, 'Hardware: CPU too hot'],
  [{ layer: 'host-os', code: 'os-rollback' }, 'Host OS: rolled back'],
  [{ layer: 'host-os', code: 'memory-leak' }, 'Host OS: memory leak'],
  [{ layer: 'supervisor', code: 'supervisor-hung' }, 'Supervisor: hung'],
])('%j is headed %s', (reason, heading) => {
  expect(reasonHeading(reason)).toBe(heading)
})

test('no two reasons of a layer have the same heading', () => {
  const headings = healthCodes.map((code) => reasonHeading({ layer: 'service', code }))
  expect(new Set(headings).size).toBe(headings.length)
})
