import fc from 'fast-check'
import { expect, test } from 'vitest'
import { rolloutPlan, type PhaseReach } from '#contract/rollout-plan'
import { assignPhases, rolloutPosition } from './phase-order.engine.ts'
import { isInWindow } from './window.engine.ts'

const plan = (reaches: PhaseReach[], controlPercent = 0) =>
  rolloutPlan.parse({
    phases: reaches.map((reach, index) => ({ name: `P${index}`, reach, soakSeconds: 0 })),
    controlPercent,
    maxUpdating: null,
    includesPinned: false,
  })
const percent = (share: number): PhaseReach => ({ kind: 'percent', percent: share })
const fleet = (count: number, tags: (index: number) => Record<string, string> = () => ({})) =>
  Array.from({ length: count }, (_, index) => ({
    deviceId: index + 1,
    position: rolloutPosition(7, `uuid-${index}`),
    tags: tags(index),
  }))
const sizes = (phaseOf: Map<number, number>) => {
  const counted: Record<number, number> = {}
  for (const phase of phaseOf.values()) counted[phase] = (counted[phase] ?? 0) + 1
  return counted
}

test('shares are cumulative, counts too, and the control group comes after the last phase', () => {
  expect(sizes(assignPhases(plan([percent(1), percent(10), percent(100)]), fleet(200)))).toEqual({
    0: 2,
    1: 18,
    2: 180,
  })
  expect(sizes(assignPhases(plan([{ kind: 'count', count: 5 }, percent(100)]), fleet(20)))).toEqual({
    0: 5,
    1: 15,
  })
  expect(sizes(assignPhases(plan([percent(50), percent(100)], 10), fleet(100)))).toEqual({
    0: 45,
    1: 45,
    2: 10,
  })
})

test('a tag takes every device that carries it, with that value where one is named', () => {
  const tagged = fleet(30, (index) => (index < 4 ? { ring: index < 3 ? 'canary' : 'beta' } : {}))
  const byValue = assignPhases(plan([{ kind: 'tag', key: 'ring', value: 'canary' }, percent(100)]), tagged)
  expect([1, 2, 3].map((id) => byValue.get(id))).toEqual([0, 0, 0])
  expect(byValue.get(4)).toBe(1)
  expect(
    sizes(assignPhases(plan([{ kind: 'tag', key: 'ring', value: null }, percent(100)]), tagged)),
  ).toEqual({ 0: 4, 1: 26 })
})

test('every device has exactly one phase, whatever the order it comes in', () => {
  fc.assert(
    fc.property(fc.integer({ min: 1, max: 80 }), fc.integer({ min: 0, max: 50 }), (count, control) => {
      const devices = fleet(count)
      const one = assignPhases(plan([percent(3), percent(40), percent(100)], control), devices)
      const other = assignPhases(
        plan([percent(3), percent(40), percent(100)], control),
        [...devices].reverse(),
      )
      expect(one.size).toBe(count)
      expect([...other].sort((a, b) => a[0] - b[0])).toEqual([...one].sort((a, b) => a[0] - b[0]))
    }),
  )
})

test('a plan whose shares do not grow to 100 % is refused, naming the phase', () => {
  const issues = (reaches: PhaseReach[]) => {
    const parsed = rolloutPlan.safeParse({
      phases: reaches.map((reach, index) => ({ name: `P${index}`, reach, soakSeconds: 0 })),
      maxUpdating: null,
      includesPinned: false,
    })
    return parsed.success ? [] : parsed.error.issues.map((issue) => issue.path.join('.'))
  }
  expect(issues([percent(10), percent(10), percent(100)])).toEqual(['phases.1.reach.percent'])
  expect(issues([percent(10), percent(50)])).toEqual(['phases.1.reach'])
  expect(issues([percent(10), percent(100)])).toEqual([])
})

test('a maintenance window is in the time of the device, spans midnight and knows its weekday', () => {
  const window = { from: '22:00', to: '04:00', weekdays: [5], timeZone: 'UTC' }
  const fridayNight = Date.parse('2026-01-16T23:00:00Z')
  expect(isInWindow(window, null, fridayNight)).toBe(true)
  expect(isInWindow(window, null, Date.parse('2026-01-17T03:59:00Z'))).toBe(true)
  expect(isInWindow(window, null, Date.parse('2026-01-17T04:00:00Z'))).toBe(false)
  expect(isInWindow(window, null, Date.parse('2026-01-17T23:00:00Z'))).toBe(false)
  expect(isInWindow(window, 'America/New_York', fridayNight)).toBe(false)
  expect(isInWindow(window, 'America/New_York', Date.parse('2026-01-17T04:00:00Z'))).toBe(true)
  expect(isInWindow({ ...window, weekdays: [] }, 'Asia/Tokyo', Date.parse('2026-01-14T14:00:00Z'))).toBe(true)
  expect(isInWindow(null, null, fridayNight)).toBe(true)
})
