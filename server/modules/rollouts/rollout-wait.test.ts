import { describe, expect, test } from 'vitest'
import { defaultRolloutPlan, rolloutPlan, type RolloutPlan } from '#contract/rollout-plan'
import type { PhaseStanding, RolloutSituation } from './engine/situation.engine.ts'
import { emptyTally } from './engine/tally.engine.ts'
import { whyWaiting, type Waiting } from './rollout-wait.rules.ts'

const NOW = Date.parse('2026-01-15T12:00:30Z')
const phase = (own: Partial<PhaseStanding> = {}): PhaseStanding => ({
  index: 0,
  state: 'open',
  isControl: false,
  openedAtMs: NOW,
  passedAtMs: null,
  isApproved: false,
  isSkipped: false,
  accepted: [],
  tally: emptyTally(),
  ...own,
})
const why = (
  plan: Partial<RolloutPlan>,
  situation: Partial<RolloutSituation> = {},
  device: Partial<Waiting> = {},
) =>
  whyWaiting(
    {
      state: 'running',
      plan: rolloutPlan.parse({ ...defaultRolloutPlan, ...plan }),
      startedAtMs: NOW,
      phases: [phase()],
      starts: { minuteMs: 0, count: 0 },
      ...situation,
    },
    { phaseIndex: 0, timeZone: null, notBeforeMs: null, reason: null, ...device },
    NOW,
  )

describe('why a device waits', () => {
  test('its window, in its own time', () => {
    const window = { from: '22:30', to: '04:00', weekdays: [], timeZone: 'UTC' }
    expect(why({ window }, {}, { timeZone: 'Europe/Vienna' })).toBe(
      'Outside its maintenance window until Thu 22:30 (Europe/Vienna)',
    )
    expect(why({ window: { ...window, weekdays: [6] } })).toBe(
      'Outside its maintenance window until Sat 22:30 (UTC)',
    )
  })
  test('the rate, the places at once, the next attempt', () => {
    const starts = { minuteMs: Date.parse('2026-01-15T12:00:00Z'), count: 5 }
    expect(why({ startsPerMinute: 5 }, { starts })).toBe(
      'The plan allows 5 offers a minute; the next are made at Thu 12:01 (UTC)',
    )
    const busy = emptyTally()
    busy.states.downloading = 2
    expect(why({ maxUpdating: 2 }, { phases: [phase({ tally: busy })] })).toBe(
      'The plan allows 2 devices to update at once, and as many do',
    )
    const notBeforeMs = Date.parse('2026-01-15T12:05:00Z')
    expect(why({}, {}, { notBeforeMs, reason: 'Attempt 1 failed' })).toBe(
      'Attempt 1 failed; asked again at Thu 12:05 (UTC)',
    )
  })
  test('the rollout and its phases', () => {
    expect(why({}, { state: 'paused' })).toBe('The rollout is paused')
    expect(why({}, { phases: [phase({ state: 'pending' })] })).toBe('Its phase is not open yet')
    expect(why({}, { phases: [phase({ state: 'awaiting-approval' })] })).toBe('Its phase waits for approval')
    expect(why({})).toBeNull()
  })
})
