import { rolloutDeviceWords } from '@/domain/device-words'
import { rolloutStateOrder } from '@/domain/rollout-states'
import { formatCount } from '@/lib/format'
import { formatInstant } from '@/lib/time'
import { Cell, HeaderCell, Table } from '@/ui/table'
import type { ChartMarks } from './chart-marks'
import { spreadPoints, statesShown, type ChartPoint } from './chart-points'

const MAX_ROWS = 60

/** The picture over time as figures, with what is marked in it. */
export function RolloutHistoryTable({ points, marks }: { points: ChartPoint[]; marks: ChartMarks }) {
  const occurring = new Set(statesShown(points))
  const states = rolloutStateOrder.filter((state) => occurring.has(state))
  const rows = spreadPoints(points, MAX_ROWS)
  const marksBetween = (fromMs: number, toMs: number) =>
    [
      ...marks.lines.map(({ atMs, label }) => ({ atMs, label })),
      ...marks.spans.map(({ fromMs: atMs, label }) => ({ atMs, label })),
    ]
      .filter(({ atMs }) => atMs > fromMs && atMs <= toMs)
      .map(({ label }) => label)
      .join('; ')
  return (
    <div className="max-h-80 overflow-y-auto">
      <Table label="Devices by state over time">
        <thead>
          <tr>
            <HeaderCell>Time</HeaderCell>
            {states.map((state) => (
              <HeaderCell key={state} className="text-right">
                {rolloutDeviceWords[state].label}
              </HeaderCell>
            ))}
            <HeaderCell>Since the row above</HeaderCell>
          </tr>
        </thead>
        <tbody>
          {rows.map((point, index) => (
            <tr key={point.atMs}>
              <Cell className="whitespace-nowrap tabular-nums">{formatInstant(point.atMs)}</Cell>
              {states.map((state) => (
                <Cell key={state} className="text-right tabular-nums">
                  {formatCount(point[state] ?? 0)}
                </Cell>
              ))}
              <Cell className="text-ink-soft min-w-48 text-[13px]">
                {marksBetween(rows[index - 1]?.atMs ?? Number.NEGATIVE_INFINITY, point.atMs)}
              </Cell>
            </tr>
          ))}
        </tbody>
      </Table>
    </div>
  )
}
