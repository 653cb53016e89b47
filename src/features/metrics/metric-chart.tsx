import {
  Area,
  AreaChart,
  CartesianGrid,
  ReferenceArea,
  ResponsiveContainer,
  Tooltip,
  XAxis,
  YAxis,
} from 'recharts'
import type { MetricSeries } from '#contract/device'
import { formatInstant } from '@/lib/time'
import { tickText, timeTicks } from '@/lib/time-ticks'
import { lineOf, summarise, totalOf, type ChartPoint, type MetricKind } from './metric-series'
import { metricWords } from './metric-words'

const HEIGHT_PX = 148

type Shown = { active?: boolean; payload?: readonly { value?: unknown; payload?: ChartPoint }[] }
function Tip({ active, payload, format }: Shown & { format: (value: number) => string }) {
  const entry = payload?.find((other) => typeof other.value === 'number')
  if (active !== true || entry?.payload === undefined || typeof entry.value !== 'number') return null
  const { band } = entry.payload
  return (
    <div className="border-line bg-raised shadow-pop rounded-md border px-2 py-1 text-[13px]">
      <span className="font-medium tabular-nums">{format(entry.value)}</span>{' '}
      {band !== null && band[0] !== band[1] && (
        <span className="text-ink-muted tabular-nums">
          ({format(band[0])} to {format(band[1])}){' '}
        </span>
      )}
      <span className="text-ink-muted">{formatInstant(entry.payload.atMs)}</span>
    </div>
  )
}

/** One metric over the range; spans in which the device was not heard are shaded. */
export function MetricChart({ series, kind }: { series: MetricSeries; kind: MetricKind }) {
  const { label, format, stroke } = metricWords[kind]
  const line = lineOf(series, kind)
  const summary = summarise(line)
  const total = totalOf(series, kind)
  const [fromMs, toMs] = [Date.parse(series.from), Date.parse(series.to)]
  const top = total ?? Math.max(90, summary?.max ?? 0)
  return (
    <figure className="min-w-0" aria-label={label}>
      <figcaption className="mb-1 flex items-baseline justify-between gap-2">
        <span className="text-[13px] font-medium">{label}</span>
        <span className="text-ink-muted truncate text-[13px] tabular-nums">
          {summary === null ? (
            '–'
          ) : (
            <>
              <span className="text-ink font-medium">{format(summary.last)}</span>
              {total !== null && kind !== 'cpuPercent' && ` of ${format(total)}`}
              <span className="hidden sm:inline">
                {' '}
                · {format(summary.min)} to {format(summary.max)}
              </span>
            </>
          )}
        </span>
      </figcaption>
      {summary === null ? (
        <div
          style={{ height: HEIGHT_PX }}
          className="border-line text-ink-muted flex items-center justify-center rounded-md border border-dashed text-[13px]"
        >
          Not reported in this range
        </div>
      ) : (
        <div aria-hidden style={{ height: HEIGHT_PX }} className="text-xs">
          <ResponsiveContainer
            width="100%"
            height="100%"
            initialDimension={{ width: 320, height: HEIGHT_PX }}
          >
            <AreaChart
              data={line}
              margin={{ top: 4, right: 4, bottom: 0, left: 0 }}
              accessibilityLayer={false}
            >
              <CartesianGrid stroke="var(--line)" vertical={false} />
              <XAxis
                dataKey="atMs"
                type="number"
                scale="time"
                domain={[fromMs, toMs]}
                ticks={timeTicks(fromMs, toMs)}
                tickFormatter={(atMs: number) => tickText(atMs, fromMs, toMs)}
                allowDataOverflow
                tickLine={false}
                stroke="var(--line-strong)"
                tick={{ fill: 'var(--ink-muted)', fontSize: 11 }}
              />
              <YAxis
                domain={[0, top]}
                ticks={[0, top / 2, top]}
                tickFormatter={format}
                width={62}
                tickLine={false}
                axisLine={false}
                tick={{ fill: 'var(--ink-muted)', fontSize: 11 }}
              />
              {series.offline.map((span) => (
                <ReferenceArea
                  key={span.from}
                  x1={Date.parse(span.from)}
                  x2={Date.parse(span.to)}
                  fill="var(--fill-unknown)"
                  fillOpacity={0.28}
                  ifOverflow="hidden"
                />
              ))}
              <Tooltip
                content={(shown) => <Tip {...shown} format={format} />}
                isAnimationActive={false}
                cursor={{ stroke: 'var(--line-strong)' }}
              />
              <Area
                dataKey="band"
                type="linear"
                stroke="none"
                fill={stroke}
                fillOpacity={0.22}
                isAnimationActive={false}
                activeDot={false}
              />
              <Area
                dataKey="value"
                type="linear"
                stroke={stroke}
                strokeWidth={1.5}
                fill={stroke}
                fillOpacity={0.12}
                dot={line.length < 3}
                isAnimationActive={false}
              />
            </AreaChart>
          </ResponsiveContainer>
        </div>
      )}
    </figure>
  )
}
