import { expect, test } from 'vitest'
import { aCrashLoopingDevice, aDevice } from '@/testing/device-builders'
import { layerHeadline, stackOf } from './device-layers'

test('a crash loop on a reachable device is told as the trouble of that service', () => {
  const { tone, text } = layerHeadline(aCrashLoopingDevice())
  expect(tone).toBe('critical')
  expect(text).toBe('The device is reachable and sound; its service api is in trouble.')
})

test('of a device that cannot be heard nothing is told as fresh', () => {
  const { tone, text } = layerHeadline({ ...aCrashLoopingDevice(), connectivity: 'offline' })
  expect(tone).toBe('unknown')
  expect(text).toContain('cannot be heard')
  expect(text).toContain('When last heard, its service api is in trouble.')
})

test('trouble below the services names its layers', () => {
  const device = aDevice()
  const layers = device.layers.map((layer) =>
    layer.layer === 'hardware' || layer.layer === 'host-os'
      ? { ...layer, health: 'attention' as const }
      : layer,
  )
  expect(layerHeadline({ ...device, layers }).text).toBe(
    'The device is reachable; there is trouble in its hardware and host OS.',
  )
})

test('a device that is well says so', () => {
  expect(layerHeadline(aDevice()).tone).toBe('ok')
})

test('services stand on what carries them, those in trouble first', () => {
  const device = aDevice()
  const layers = [
    ...device.layers,
    { layer: 'service' as const, name: 'zeta', health: 'critical' as const, summary: 'exited', reasons: [] },
  ]
  expect(stackOf({ layers }).map((layer) => layer.name)).toEqual([
    'zeta',
    'api',
    'Supervisor',
    'Engine',
    'Host OS',
    'Hardware',
  ])
})
