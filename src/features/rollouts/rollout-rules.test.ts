import { describe, expect, it } from 'vitest'
import { rolloutState } from '#contract/rollout'
import { defaultRolloutPlan } from '#contract/rollout-plan'
import { parseSearch } from '@/lib/search-state'
import { aPreview, aRollout, someCounts } from '@/testing/rollout-builders'
import { chartPoints, statesShown } from './chart-points'
import { planWords } from './plan-words'
import { previewParts, startObstacle } from './preview-shares'
import { countLeft, rolloutListSearch } from './rollout-list-search'
import { isNarrowed, rolloutPlanSearch, rolloutRequest } from './rollout-plan-search'
import { touchedCount, verbMessage, verbsFor } from './rollout-verb-rules'

const preview = aPreview()

describe('the list of rollouts', () => {
  const rows = [
    aRollout({ id: 1, state: 'completed' }),
    aRollout({ id: 2, state: 'running', fleetId: 9, fleetName: 'Drones' }),
    aRollout({ id: 3, state: 'running' }),
  ]
  const at = (text: string) => parseSearch(rolloutListSearch, new URLSearchParams(text))
  it('reads filters from the address; what is no state is no filter', () => {
    expect(at('q=drone&state=running,paused&fleetId=9')).toMatchObject({
      q: 'drone',
      state: ['running', 'paused'],
      fleetId: 9,
    })
    expect(at('state=nonsense').state).toEqual([])
  })
  it('counts the rows that have left the states asked for', () => {
    expect(countLeft(rows, at('state=running'))).toBe(1)
    expect(countLeft(rows, at(''))).toBe(0)
  })
})

describe('a plan in the address', () => {
  const at = (text: string) => parseSearch(rolloutPlanSearch, new URLSearchParams(text))
  it('asks for the whole fleet without a filter, and says so when narrowed', () => {
    expect(rolloutRequest(at('fleetId=1'))).toBeNull()
    expect(rolloutRequest(at('releaseId=3'))).toEqual({
      releaseId: 3,
      template: 'Standard',
    })
    const narrow = at('releaseId=3&deviceType=intel-nuc&template=Careful')
    expect(isNarrowed(narrow)).toBe(true)
    expect(rolloutRequest(narrow)).toMatchObject({
      filter: { deviceType: ['intel-nuc'], q: '', tag: [] },
      template: 'Careful',
    })
  })
  it('takes a plan of its own before a named one, and no mangled plan at all', () => {
    const own = JSON.stringify({ ...defaultRolloutPlan, maxUpdating: 20 })
    const asked = (plan: string) => rolloutRequest(at(`releaseId=3&plan=${encodeURIComponent(plan)}`))
    expect(asked(own)).toMatchObject({ plan: { maxUpdating: 20 } })
    expect(asked(own)).not.toHaveProperty('template')
    expect(asked(own.slice(3))).toMatchObject({ template: 'Standard' })
    expect(asked('{"phases":[]}')).toMatchObject({ template: 'Standard' })
  })
  it('takes blanks in the search for no narrowing', () => {
    expect(isNarrowed(at('q=%20%20'))).toBe(false)
  })
})

describe('the preview', () => {
  it('tells devices apart so that the parts add up to all', () => {
    const parts = previewParts(preview)
    expect(parts.map((part) => [part.key, part.count])).toEqual([
      ['now', 58],
      ['offline', 12],
      ['already', 10],
      ['pinned', 5],
      ['unfit', 15],
    ])
    expect(parts.reduce((sum, part) => sum + part.count, 0)).toBe(preview.total)
  })
  it('names what stands in the way', () => {
    expect(startObstacle(preview)).toBeNull()
    expect(startObstacle({ ...preview, willUpdate: 0 })).toMatch(/No device would be updated/)
    expect(startObstacle({ ...preview, conflict: { rolloutId: 4, devices: 8 } })).toMatch(/Rollout 4 .* 8/)
  })
})

describe('verbs', () => {
  it('are offered only where they can have an effect', () => {
    for (const state of rolloutState.options) {
      const verbs = verbsFor({ state, counts: someCounts(), phases: [] })
      expect(verbs.includes('pause'), state).toBe(state === 'running')
      expect(verbs.includes('resume'), state).toBe(state === 'paused')
      expect(verbs, state).not.toContain('retry-failed')
    }
    expect(verbsFor({ state: 'completed', counts: someCounts({ failed: 1 }), phases: [] })).toContain(
      'retry-failed',
    )
  })
  it('that came second say who was first', () => {
    const entry = {
      id: 1,
      at: '2026-01-15T12:00:00.000Z',
      actor: 'Somebody else',
      actorKind: 'user' as const,
      action: 'rollout.pause',
      summary: 'Paused rollout 7',
    }
    expect(verbMessage('pause', { hadEffect: true, timeline: [entry] })).toMatch(/^Paused/)
    expect(verbMessage('pause', { hadEffect: false, timeline: [entry] })).toBe(
      'It is paused already: Somebody else was first.',
    )
    expect(verbMessage('pause', { hadEffect: false, timeline: [] })).toBe('It is paused already.')
  })
  it('of rolling back count what was touched', () => {
    expect(touchedCount(someCounts({ succeeded: 5, failed: 1, waiting: 7, skipped: 2, verifying: 1 }))).toBe(
      7,
    )
  })
})

describe('the chart', () => {
  const samples = [{ at: '2026-01-15T12:00:00.000Z', counts: someCounts({ waiting: 10 }) }]
  it('reaches up to now while the rollout moves, with the newest counts', () => {
    const now = Date.parse('2026-01-15T12:01:00.000Z')
    const points = chartPoints(samples, someCounts({ succeeded: 10 }), now)
    expect(points.map((point) => [point.atMs, point.succeeded])).toEqual([
      [now - 60_000, 0],
      [now, 10],
    ])
    // A clock behind the gateway's must not draw backwards; a single sample is a step of a second.
    for (const untilMs of [null, now - 120_000])
      expect(chartPoints(samples, someCounts(), untilMs).map((point) => [point.atMs, point.waiting])).toEqual(
        [
          [now - 60_000, 10],
          [now - 59_000, 10],
        ],
      )
    expect(statesShown(points)).toEqual(['waiting', 'succeeded'])
  })
})

describe('the plan in words', () => {
  it('says for whom and how carefully', () => {
    expect(planWords(aRollout())).toEqual(['whole fleet', 'no limit at once'])
    const filter = {
      q: 'lobby',
      health: [],
      connectivity: [],
      reason: [],
      deviceType: ['intel-nuc', 'generic-amd64'],
      release: [],
      os: [],
      update: [],
      tag: [],
    }
    const plan = { ...aRollout().plan, maxUpdating: 1, includesPinned: true }
    expect(planWords(aRollout({ filter, plan }))).toEqual([
      'part of the fleet: matching “lobby”, type intel-nuc or generic-amd64',
      'at most 1 device at once',
      'pinned devices included',
    ])
  })
})
