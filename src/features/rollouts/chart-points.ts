import { rolloutDeviceStates, type RolloutDetail, type RolloutDeviceState } from '#contract/rollout'

export type ChartPoint = { atMs: number } & Partial<Record<RolloutDeviceState, number>>

/**
 * Samples as points of a stacked area. While the rollout moves, the last counts reach up to now: between two samples
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
  return points
}

/** The states that occur at all, so that the legend names no others. */
export const statesShown = (points: readonly ChartPoint[]): RolloutDeviceState[] =>
  rolloutDeviceStates.filter((state) => points.some((point) => (point[state] ?? 0) > 0))
