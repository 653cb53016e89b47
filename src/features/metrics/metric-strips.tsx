import { keepPreviousData, queryOptions, useQuery } from '@tanstack/react-query'
import type { MetricSeries } from '#contract/device'
import { callApi } from '@/lib/api'
import { lineOf, metricKinds, summarise, totalOf, type ChartPoint, type MetricKind } from './metric-series'
import { metricWords } from './metric-words'

const POINTS = 300
const WIDTH = 1000
const HEIGHT = 44

type Span = { fromMs: number; toMs: number }

const stripQuery = (uuid: string, { fromMs, toMs }: Span) =>
  queryOptions({
    queryKey: ['metrics', uuid, 'span', fromMs, toMs],
    queryFn: ({ signal }) =>
      callApi('getDeviceMetrics', {
        params: { uuid },
        query: { from: new Date(fromMs).toISOString(), to: new Date(toMs).toISOString(), points: POINTS },
        signal,
      }),
    placeholderData: keepPreviousData,
  })

/** Runs of points without a break between. */
function runsOf(line: readonly ChartPoint[]): ChartPoint[][] {
  const runs: ChartPoint[][] = [[]]
  for (const point of line) {
    if (point.value === null) runs.push([])
    else runs.at(-1)?.push(point)
  }
  return runs.filter((run) => run.length > 0)
}

function Strip({ series, kind, span }: { series: MetricSeries; kind: MetricKind; span: Span }) {
  const { label, format, stroke } = metricWords[kind]
  const line = lineOf(series, kind)
  const summary = summarise(line)
  const top = Math.max(1, totalOf(series, kind) ?? Math.max(90, summary?.max ?? 0))
  const x = (atMs: number) => (((atMs - span.fromMs) / (span.toMs - span.fromMs)) * WIDTH).toFixed(1)
  const y = (value: number) => (HEIGHT - 1 - (Math.min(value, top) / top) * (HEIGHT - 2)).toFixed(1)
  const words =
    summary === null
      ? 'not reported'
      : `${format(summary.min)} to ${format(summary.max)}, mean ${format(summary.mean)}`
  return (
    <section
      aria-label={label}
      className="border-line border-t py-1 sm:grid sm:grid-cols-[9rem_minmax(0,1fr)] sm:items-center sm:py-0"
    >
      <div className="min-w-0 pr-2">
        <h3 className="truncate text-[13px] font-medium">{label}</h3>
        <p className="text-ink-muted truncate text-xs tabular-nums" title={words}>
          {words}
        </p>
      </div>
      <svg
        viewBox={`0 0 ${WIDTH} ${HEIGHT}`}
        preserveAspectRatio="none"
        className="block h-11 w-full overflow-hidden"
        role="img"
        aria-label={`${label}: ${words}`}
      >
        {runsOf(line).map((run) => {
          const band = run.flatMap((point) =>
            point.band === null ? [] : [{ atMs: point.atMs, band: point.band }],
          )
          const upper = band.map((point) => `${x(point.atMs)},${y(point.band[1])}`)
          const lower = band.map((point) => `${x(point.atMs)},${y(point.band[0])}`).reverse()
          const mean = run.map((point) => `${x(point.atMs)},${y(point.value ?? 0)}`)
          return (
            <g key={run[0]?.atMs}>
              <polygon points={[...upper, ...lower].join(' ')} fill={stroke} fillOpacity={0.25} />
              <polyline
                points={(mean.length === 1 ? [...mean, ...mean] : mean).join(' ')}
                fill="none"
                stroke={stroke}
                strokeWidth={1.5}
                strokeLinecap="round"
                vectorEffect="non-scaling-stroke"
              />
            </g>
          )
        })}
      </svg>
    </section>
  )
}

/** Metrics as strips over a span of time: the mean as a line, the lowest to the highest of every bucket as a band. */
export function MetricStrips({ uuid, span }: { uuid: string; span: Span }) {
  const { data } = useQuery(stripQuery(uuid, span))
  if (data === undefined) return null
  return (
    <>
      {metricKinds.map((kind) => (
        <Strip key={kind} series={data} kind={kind} span={span} />
      ))}
    </>
  )
}
