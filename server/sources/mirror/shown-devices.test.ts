import { expect, test } from 'vitest'
import { deviceFilter } from '#contract/device'
import { shownDevices } from './mirror-pace.rules.ts'

const uuid = (n: number) => String(n).padStart(32, '0')

test('devices on screen are those of device pages, lists and rollouts, each once and no more than an address holds', () => {
  const list = { kind: 'devices' as const, filter: deviceFilter.parse({}), uuids: [uuid(1), uuid(2)] }
  expect(
    shownDevices([
      { kind: 'fleets' },
      { kind: 'device', uuid: uuid(2) },
      list,
      { kind: 'rollout-devices', rolloutId: 1, uuids: [uuid(3)] },
      { kind: 'wall', fleetId: 1 },
    ]),
  ).toEqual([uuid(2), uuid(1), uuid(3)])
  const many = Array.from({ length: 300 }, (_value, n) => uuid(n))
  expect(shownDevices([{ ...list, uuids: many }])).toHaveLength(200)
})
