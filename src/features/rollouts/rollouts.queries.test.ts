import { describe, expect, it } from 'vitest'
import { rolloutState, type RolloutCell, type RolloutState } from '#contract/rollout'
import { aRollout, aRolloutDevice, someCounts } from '@/testing/rollout-builders'
import { countMoved } from './rollout-device-places'
import { joinSamples, patchCells, patchDevices, patchRollouts } from './rollouts.queries'

const sample = (second: number, succeeded = 0) => ({
  at: new Date(Date.UTC(2026, 0, 15, 12, 0, second)).toISOString(),
  counts: someCounts({ succeeded }),
})

const someStates = (own: Partial<Record<RolloutState, number>>) =>
  ({ ...Object.fromEntries(rolloutState.options.map((state) => [state, 0])), ...own }) as Record<
    RolloutState,
    number
  >

describe('live patches of rollouts', () => {
  it('keep the order of the list; new rollouts that match come on top of its first page, totals are told', () => {
    const rows = [aRollout({ id: 3 }), aRollout({ id: 2 })]
    const before = { cursor: 1, rows, next: null, total: 2, stateCounts: someStates({ running: 2 }) }
    const patch = {
      // 1 is on a page further on, 6 does not match.
      upserted: [aRollout({ id: 2, state: 'paused' }), ...[1, 4, 5, 6].map((id) => aRollout({ id }))],
      matching: [1, 2, 4, 5],
      total: 5,
      stateCounts: someStates({ running: 4, paused: 1 }),
    }
    const next = patchRollouts(before, patch, true)
    expect(next.rows.map(({ id, state }) => [id, state])).toEqual([
      [5, 'running'],
      [4, 'running'],
      [3, 'running'],
      [2, 'paused'],
    ])
    expect(next).toMatchObject({ total: 5, stateCounts: { paused: 1 } })
    expect(patchRollouts(before, patch, false).rows.map((row) => row.id)).toEqual([3, 2])
  })

  it('join the newest samples to those held, the newer word about a second wins', () => {
    const joined = joinSamples([sample(1), sample(2), sample(3, 1)], [sample(3, 2), sample(4, 5)])
    expect(joined.map((one) => one.counts.succeeded)).toEqual([0, 0, 2, 5])
    expect(joinSamples(joined, [])).toEqual(joined)
  })

  it('thin out old samples before they become too many, never the newest', () => {
    let held = [sample(0)]
    for (let second = 1; second < 2000; second++) held = joinSamples(held, [sample(second, second)])
    expect(held.length).toBeLessThanOrEqual(600)
    expect(held.at(-1)).toEqual(sample(1999, 1999))
    expect(held[0]).toEqual(sample(0))
    const times = held.map((one) => one.at)
    expect(times).toEqual([...times].sort())
  })

  it('change rows and cells where they stand, and no others', () => {
    const rows = [aRolloutDevice(), aRolloutDevice({ uuid: 'b'.repeat(32), percent: 5 })]
    const next = patchDevices(rows, [
      aRolloutDevice({ uuid: 'b'.repeat(32), state: 'installing', percent: null }),
      aRolloutDevice({ uuid: 'c'.repeat(32) }),
    ])
    expect(next.map((row) => [row.uuid[0], row.state])).toEqual([
      ['a', 'downloading'],
      ['b', 'installing'],
    ])
    const cells: RolloutCell[] = [
      ['a', 'one', 0, 0, null],
      ['b', 'two', 0, 0, null],
    ]
    expect(patchCells(cells, [['b', 'two', 2, 0, 40]])).toEqual([cells[0], ['b', 'two', 2, 0, 40]])
  })
})

describe('how many rows would stand elsewhere', () => {
  const page = (states: ('downloading' | 'succeeded' | 'installing')[]) => ({
    cursor: 1,
    next: null,
    total: states.length,
    rows: states.map((state, index) => aRolloutDevice({ uuid: String(index).repeat(32), state })),
    placed: Object.fromEntries(
      states.map((_state, index) => [String(index).repeat(32), 'downloading' as const]),
    ),
  })
  it('counts rows whose place in the order changed, not those that only went a step further', () => {
    const held = page(['downloading', 'installing', 'succeeded'])
    expect(countMoved(held, { q: '', state: [] }, someCounts())).toBe(1)
  })
  it('with a filter by state, counts those that came in or went out too', () => {
    const held = page(['downloading', 'downloading'])
    expect(countMoved(held, { q: '', state: ['downloading'] }, someCounts({ downloading: 9 }))).toBe(7)
    expect(countMoved(held, { q: '', state: ['downloading'] }, someCounts({ downloading: 2 }))).toBe(0)
  })
})
