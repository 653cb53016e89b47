import { describe, expect, test } from 'vitest'
import type { Topic } from '#contract/events'
import { logSelector } from '#contract/log'
import { changesEveryMs, followedDevices, isDoubtful, lookedAtFleets } from './mirror-pace.rules.ts'

const NOW_MS = Date.parse('2026-01-15T12:00:00Z')
const LONG_AGO = 0
const uuid = 'a'.repeat(32)
const logs = (devices: string[]): Topic => ({
  kind: 'logs',
  selector: logSelector.parse({ device: devices }),
})

describe('how often changes are asked for', () => {
  test('every two seconds while somebody looks at devices, whatever was set', () => {
    expect(changesEveryMs([{ kind: 'fleet', fleetId: 1 }], LONG_AGO, NOW_MS)).toBe(2_000)
    expect(changesEveryMs([{ kind: 'source' }, logs([uuid])], NOW_MS, NOW_MS)).toBe(2_000)
  })
  test('a little less often while any page is open or targets were set less than five minutes ago, and else every ten seconds', () => {
    expect(changesEveryMs([{ kind: 'source' }], LONG_AGO, NOW_MS)).toBe(4_000)
    expect(changesEveryMs([], NOW_MS - 299_000, NOW_MS)).toBe(4_000)
    expect(changesEveryMs([], NOW_MS - 300_000, NOW_MS)).toBe(10_000)
    expect(changesEveryMs([], LONG_AGO, NOW_MS)).toBe(10_000)
  })
})

test('devices are followed that lines were asked of by name, each once', () => {
  const other = 'b'.repeat(32)
  expect(followedDevices([logs([uuid, other]), logs([uuid]), logs([]), { kind: 'source' }])).toEqual([
    uuid,
    other,
  ])
})

test('fleets that are looked at are named once', () => {
  const fleet = (fleetId: number): Topic => ({ kind: 'fleet', fleetId })
  expect(lookedAtFleets([fleet(3), { kind: 'fleets' }, fleet(3), fleet(4)])).toEqual([3, 4])
})

test('a source that lists far fewer devices is doubted; a small fleet may be deleted', () => {
  expect(isDoubtful(10, 10)).toBe(false)
  expect(isDoubtful(20, 10)).toBe(false)
  expect(isDoubtful(20, 11)).toBe(true)
  expect(isDoubtful(1_000, 400)).toBe(false)
  expect(isDoubtful(1_000, 501)).toBe(true)
})
