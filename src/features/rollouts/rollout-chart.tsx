import {
  Area,
  AreaChart,
  CartesianGrid,
  ReferenceArea,
  ReferenceLine,
  ResponsiveContainer,
  Tooltip,
  XAxis,
  YAxis,
} from 'recharts'
import type { RolloutDeviceState } from '#contract/rollout'
import { rolloutDeviceWords } from '@/domain/device-words'
import { rolloutFillVariable, rolloutStateOrder } from '@/domain/rollout-states'
import { formatCount } from '@/lib/format'
import { formatInstant } from '@/lib/time'
import { tickText, timeTicks } from '@/lib/time-ticks'
import type { ChartMarks } from './chart-marks'
import { SpanPatterns, spanFill } from './chart-patterns'
import { statesShown, type ChartPoint } from './chart-points'

const HEIGHT_PX = 224

type RolloutChartProps = { points: ChartPoint[]; marks: ChartMarks; total: number }

/**
 * Devices by state over time, stacked: the bands always add up to all devices of the rollout. Phases that opened are lines
 * with their number, times in which nothing was offered are hatched.
 */
export function RolloutChart({ points, marks, total }: RolloutChartProps) {
  const occurring = new Set(statesShown(points))
  const states = rolloutStateOrder.filter((state) => occurring.has(state))
  const first = points[0]?.atMs ?? 0
  const last = points.at(-1)?.atMs ?? 0
  return (
    <ResponsiveContainer width="100%" height="100%" initialDimension={{ width: 640, height: HEIGHT_PX }}>
      <AreaChart data={points} margin={{ top: 20, right: 12, bottom: 0, left: 0 }} accessibilityLayer={false}>
        <SpanPatterns />
        <CartesianGrid stroke="var(--line)" vertical={false} />
        <XAxis
          dataKey="atMs"
          type="number"
          scale="time"
          domain={['dataMin', 'dataMax']}
          ticks={timeTicks(first, last)}
          tickFormatter={(value: number) => tickText(value, first, last)}
          tickLine={false}
          stroke="var(--line-strong)"
          tick={{ fill: 'var(--ink-muted)', fontSize: 12 }}
        />
        <YAxis
          domain={[0, total]}
          allowDecimals={false}
          width={52}
          label={{
            value: 'devices',
            angle: -90,
            position: 'insideLeft',
            style: { fill: 'var(--ink-muted)', fontSize: 12, textAnchor: 'middle' },
          }}
          tickFormatter={(value: number) => formatCount(value)}
          stroke="var(--line-strong)"
          tick={{ fill: 'var(--ink-muted)', fontSize: 12 }}
        />
        <Tooltip
          isAnimationActive={false}
          content={({ active, payload }) => {
            const point = payload[0]?.payload as ChartPoint | undefined
            return active && point ? <PointTip point={point} states={states} marks={marks} /> : null
          }}
        />
        {states.map((state) => (
          <Area
            key={state}
            dataKey={state}
            stackId="devices"
            type="stepAfter"
            stroke="none"
            fill={`var(${rolloutFillVariable(state)})`}
            fillOpacity={1}
            isAnimationActive={false}
          />
        ))}
        {marks.spans.map((span) => (
          <ReferenceArea
            key={`${span.kind} ${span.fromMs}`}
            x1={span.fromMs}
            x2={span.toMs}
            fill={spanFill(span.kind)}
            fillOpacity={1}
            stroke="var(--ink-soft)"
            strokeDasharray="2 3"
            ifOverflow="hidden"
          />
        ))}
        {marks.lines.map((line) => (
          <ReferenceLine
            key={line.label}
            x={line.atMs}
            stroke="var(--ink)"
            strokeDasharray="4 3"
            ifOverflow="hidden"
            label={{ value: line.flag, position: 'top', fill: 'var(--ink)', fontSize: 12, fontWeight: 600 }}
          />
        ))}
      </AreaChart>
    </ResponsiveContainer>
  )
}

type PointTipProps = { point: ChartPoint; states: readonly RolloutDeviceState[]; marks: ChartMarks }

function PointTip({ point, states, marks }: PointTipProps) {
  const told = [
    ...marks.lines.filter((line) => line.atMs <= point.atMs).slice(-1),
    ...marks.spans.filter((span) => span.fromMs <= point.atMs && point.atMs <= span.toMs),
  ]
  return (
    <div className="border-line bg-raised shadow-pop rounded-md border px-3 py-2 text-[13px]">
      <p className="text-ink-muted mb-1">{formatInstant(point.atMs)}</p>
      {told.map(({ label }) => (
        <p key={label} className="mb-1 max-w-64 break-words">
          {label}
        </p>
      ))}
      <ul>
        {[...states].reverse().map((state) =>
          (point[state] ?? 0) === 0 ? null : (
            <li key={state} className="flex items-center gap-2">
              <span
                className="size-2.5 rounded-sm"
                style={{ background: `var(${rolloutFillVariable(state)})` }}
                aria-hidden
              />
              <span className="flex-1">{rolloutDeviceWords[state].label}</span>
              <span className="font-medium tabular-nums">{formatCount(point[state] ?? 0)}</span>
            </li>
          ),
        )}
      </ul>
    </div>
  )
}
