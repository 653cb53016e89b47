import { describe, expect, it } from 'vitest'
import { aPhase, aRollout, someCounts } from '@/testing/rollout-builders'
import { chartMarks } from './chart-marks'
import { spreadPoints } from './chart-points'

const startMs = Date.parse('2026-01-15T12:00:00.000Z')
const at = (minutes: number) => new Date(startMs + minutes * 60_000).toISOString()
const ms = (minutes: number) => startMs + minutes * 60_000

describe('marks of the chart', () => {
  const rollout = aRollout({
    phases: [
      aPhase({ name: 'Canary', state: 'passed', openedAt: at(0), passedAt: at(10) }),
      aPhase({ index: 1, name: 'Half', approval: 'manual', openedAt: at(30) }),
      aPhase({ index: 2, name: 'Everyone', state: 'pending', openedAt: null }),
    ],
    pauses: [
      { from: at(2), to: at(4), actor: 'Release manager', reason: 'Lunch' },
      { from: at(40), to: null, actor: 'Wheelhouse', reason: '' },
    ],
    state: 'paused',
  })

  it('are phases that opened, waiting for approval, and pauses up to now', () => {
    const { lines, spans } = chartMarks(rollout, ms(0), ms(60))
    expect(lines.map(({ flag, label, atMs }) => [flag, label, atMs])).toEqual([
      ['1', '1 Canary opened', ms(0)],
      ['2', '2 Half opened', ms(30)],
    ])
    expect(spans.map(({ kind, label, fromMs, toMs }) => [kind, label, fromMs, toMs])).toEqual([
      ['pause', 'Paused for 2 min by Release manager: Lunch', ms(2), ms(4)],
      ['approval', 'Phase 2 waited 20 min for approval', ms(10), ms(30)],
      ['pause', 'Paused for 20 min by Wheelhouse', ms(40), ms(60)],
    ])
  })

  it('stay inside of what is shown', () => {
    const { lines, spans } = chartMarks(rollout, ms(20), ms(45))
    expect(lines.map((line) => line.flag)).toEqual(['2'])
    expect(spans.map(({ fromMs, toMs }) => [fromMs, toMs])).toEqual([
      [ms(20), ms(30)],
      [ms(40), ms(45)],
    ])
  })

  it('of twenty phases that opened at once carry one number, and all names', () => {
    const phases = Array.from({ length: 20 }, (_, index) => aPhase({ index, name: 'Ring', openedAt: at(1) }))
    const { lines } = chartMarks(aRollout({ phases }), ms(0), ms(60))
    expect(lines.filter((line) => line.flag !== '')).toHaveLength(1)
    expect(new Set(lines.map((line) => line.label)).size).toBe(20)
  })
})

describe('rows of the table beside the chart', () => {
  it('are spread over all points, with the first and the last', () => {
    const points = Array.from({ length: 300 }, (_, index) => ({ atMs: index, ...someCounts() }))
    const rows = spreadPoints(points, 60)
    expect(rows).toHaveLength(60)
    expect([rows[0]?.atMs, rows.at(-1)?.atMs]).toEqual([0, 299])
    expect(spreadPoints(points.slice(0, 1), 60)).toHaveLength(1)
  })
})
