import { describe, expect, test } from 'vitest'
import { rolloutPlan } from '#contract/rollout-plan'
import { zoneOf } from './device-zone.rules.ts'
import { estimateDuration } from './rollout-estimate.rules.ts'

const plan = rolloutPlan.parse({
  phases: [
    { name: 'Canary', reach: { kind: 'percent', percent: 10 }, soakSeconds: 600 },
    { name: 'Everyone', reach: { kind: 'percent', percent: 100 }, soakSeconds: 1200, approval: 'manual' },
  ],
  controlPercent: 10,
  maxUpdating: 20,
  startsPerMinute: 5,
  includesPinned: false,
})
const phases = [
  { devices: 10, offline: 0, isControl: false },
  { devices: 100, offline: 20, isControl: false },
  { devices: 10, offline: 10, isControl: true },
]

describe('how long a rollout takes at the least', () => {
  test('offers at the rate, one update and the soak, phase after phase; offline devices are not waited for', () => {
    const known = { medianMinutes: 4, devices: 120 }
    const { minimumMinutes, basis } = estimateDuration(plan, phases, known)
    // 10 devices at 5 a minute: 1; 80 at 5 a minute: 15, in 4 turns of 20: 12; nobody to wait for in the control group.
    expect(minimumMinutes).toBe(1 + 4 + 10 + (15 + 4 + 20))
    expect(basis).toBe(
      'Counted: 30 minutes of soak in 2 phases, 4 minutes an update, the median of 120 devices in former rollouts, 5 offers a minute, 20 at once. Not counted: the wait for 1 approval, offline devices.',
    )
  })

  test('places at once make it longer where they are scarcer than the rate', () => {
    const few = { ...plan, maxUpdating: 2 }
    const known = { medianMinutes: 4, devices: 120 }
    expect(estimateDuration(few, phases, known).minimumMinutes).toBe(4 * 4 + 4 + 10 + (39 * 4 + 4 + 20))
  })

  test('without a former rollout the updates themselves are not counted, and it says so', () => {
    const { minimumMinutes, basis } = estimateDuration(plan, phases, null)
    expect(minimumMinutes).toBe(1 + 10 + (15 + 20))
    expect(basis).toContain('Not counted: the updates themselves (no former rollout to go by)')
  })

  test('nobody to be heard: nothing to say', () => {
    expect(estimateDuration(plan, [{ devices: 3, offline: 3, isControl: false }], null)).toEqual({
      minimumMinutes: null,
      basis: 'No device that can be heard now would be updated.',
    })
  })
})

describe('the zone of a device', () => {
  const none = { tags: {}, deviceZone: null, fleetZone: null }
  test('its tag goes before its variable, and that before its fleet', () => {
    const all = { tags: { timezone: 'Europe/Vienna' }, deviceZone: 'Asia/Tokyo', fleetZone: 'America/Lima' }
    expect(zoneOf(all).zone).toBe('Europe/Vienna')
    expect(zoneOf({ ...all, tags: {} }).zone).toBe('Asia/Tokyo')
    expect(zoneOf({ ...all, tags: { timezone: ' ' }, deviceZone: null }).zone).toBe('America/Lima')
    expect(zoneOf(none)).toEqual({ zone: null, unknown: null })
  })
  test('one that is not known gives way to the plan, and is told', () => {
    expect(zoneOf({ ...none, tags: { timezone: 'Vienna' }, deviceZone: 'Asia/Tokyo' })).toEqual({
      zone: null,
      unknown: { value: 'Vienna', from: 'the tag timezone' },
    })
    expect(zoneOf({ ...none, fleetZone: ':Europe/Vienna' }).zone).toBe('Europe/Vienna')
  })
})
