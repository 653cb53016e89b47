import type { DeviceDetail, MetricSeries } from '#contract/device'

export type MetricPoint = MetricSeries['points'][number]
export const metricKinds = ['cpuPercent', 'cpuTemperatureC', 'memoryUsedMib', 'storageUsedMib'] as const
export type MetricKind = (typeof metricKinds)[number]

const HOUR_MS = 3_600_000
export const rangeNames = ['1h', '6h', '24h', '7d', '30d'] as const
export type RangeName = (typeof rangeNames)[number]
export const rangeMs: Record<RangeName, number> = {
  '1h': HOUR_MS,
  '6h': 6 * HOUR_MS,
  '24h': 24 * HOUR_MS,
  '7d': 7 * 24 * HOUR_MS,
  '30d': 30 * 24 * HOUR_MS,
}
export const rangeWords: Record<RangeName, string> = {
  '1h': 'the last hour',
  '6h': 'the last 6 hours',
  '24h': 'the last 24 hours',
  '7d': 'the last 7 days',
  '30d': 'the last 30 days',
}

export type Latest = Pick<
  DeviceDetail,
  | 'metricsAt'
  | 'cpuPercent'
  | 'cpuTemperatureC'
  | 'memoryUsedMib'
  | 'memoryTotalMib'
  | 'storageUsedMib'
  | 'storageTotalMib'
>

/** The series with what the device reported since it was read as its last point, so that the line ends now. */
export function withLatest(series: MetricSeries, latest: Latest): MetricSeries {
  const { metricsAt, ...figures } = latest
  const lastAt = series.points.at(-1)?.at
  if (metricsAt === null || (lastAt !== undefined && Date.parse(metricsAt) <= Date.parse(lastAt)))
    return series
  if (Date.parse(metricsAt) < Date.parse(series.from)) return series
  const measured = {
    cpuPercent: figures.cpuPercent,
    cpuTemperatureC: figures.cpuTemperatureC,
    memoryUsedMib: figures.memoryUsedMib,
    storageUsedMib: figures.storageUsedMib,
  }
  const point: MetricPoint = {
    at: metricsAt,
    lowest: measured,
    highest: measured,
    cpuPercent: figures.cpuPercent,
    cpuTemperatureC: figures.cpuTemperatureC,
    memoryUsedMib: figures.memoryUsedMib,
    memoryTotalMib: figures.memoryTotalMib,
    storageUsedMib: figures.storageUsedMib,
    storageTotalMib: figures.storageTotalMib,
  }
  const to = Date.parse(metricsAt) > Date.parse(series.to) ? metricsAt : series.to
  return { ...series, to, points: [...series.points, point] }
}

export type ChartPoint = {
  atMs: number
  value: number | null
  /** The lowest and the highest that the point is the mean of. */
  band: [number, number] | null
}

function bandOf(point: MetricPoint, kind: MetricKind): ChartPoint['band'] {
  const [low, high] = [point.lowest[kind], point.highest[kind]]
  return low === null || high === null ? null : [low, high]
}

/** One metric's line; where the device was not heard it is broken instead of drawn across. */
export function lineOf(series: MetricSeries, kind: MetricKind): ChartPoint[] {
  const points = series.points.map((point): ChartPoint => ({
    atMs: Date.parse(point.at),
    value: point[kind],
    band: bandOf(point, kind),
  }))
  const breaks = series.offline.map((span): ChartPoint => ({
    atMs: (Date.parse(span.from) + Date.parse(span.to)) / 2,
    value: null,
    band: null,
  }))
  return [...points, ...breaks].sort((a, b) => a.atMs - b.atMs)
}

export type MetricSummary = { last: number; min: number; mean: number; max: number }

/** The figures of a line; null when nothing was reported in the range. */
export function summarise(line: readonly ChartPoint[]): MetricSummary | null {
  const values = line.flatMap((point) => (point.value === null ? [] : [point.value]))
  const last = values.at(-1)
  if (last === undefined) return null
  return {
    last,
    min: Math.min(...values, ...line.flatMap((point) => point.band?.[0] ?? [])),
    mean: values.reduce((sum, value) => sum + value, 0) / values.length,
    max: Math.max(...values, ...line.flatMap((point) => point.band?.[1] ?? [])),
  }
}

/** What the measured quantity is out of, as last reported in the range; null where there is no such thing. */
export function totalOf(series: MetricSeries, kind: MetricKind): number | null {
  if (kind === 'cpuPercent') return 100
  if (kind === 'cpuTemperatureC') return null
  const name = kind === 'memoryUsedMib' ? 'memoryTotalMib' : 'storageTotalMib'
  return series.points.findLast((point) => point[name] !== null)?.[name] ?? null
}
