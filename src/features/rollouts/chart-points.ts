import { rolloutDeviceStates, type RolloutDetail, type RolloutDeviceState } from '#contract/rollout'

export type ChartPoint = { atMs: number } & Partial<Record<RolloutDeviceState, number>>

/** A rollout that ended within its first sample still has a picture: one step of this width. */
const LEAST_MS = 1000

/**
 * Samples as points of a stacked area. The last counts reach up to `untilMs` (now, or the end): between two samples
 * nothing changed. `counts` are the newest known, which may be newer than the last sample.
 */
export function chartPoints(
  samples: RolloutDetail['samples'],
  counts: RolloutDetail['counts'],
  untilMs: number | null,
): ChartPoint[] {
  const points: ChartPoint[] = samples.map((sample) => ({ atMs: Date.parse(sample.at), ...sample.counts }))
  const last = points.at(-1)
  if (untilMs !== null && (last === undefined || untilMs > last.atMs))
    points.push({ atMs: untilMs, ...counts })
  const [only] = points
  if (only && points.length === 1) points.push({ ...only, atMs: only.atMs + LEAST_MS })
  return points
}

/** The states that occur at all, so that the legend names no others. */
export const statesShown = (points: readonly ChartPoint[]): RolloutDeviceState[] =>
  rolloutDeviceStates.filter((state) => points.some((point) => (point[state] ?? 0) > 0))

/** At most `count` of the points, spread evenly, the first and the last among them: the rows of a table. */
export function spreadPoints(points: readonly ChartPoint[], count: number): ChartPoint[] {
  if (points.length <= count) return [...points]
  const step = (points.length - 1) / (count - 1)
  return Array.from({ length: count }, (_, index) => points[Math.round(index * step)]).flatMap((point) =>
    point === undefined ? [] : [point],
  )
}
