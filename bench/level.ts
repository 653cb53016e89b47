/** Whether a figure that is read again and again stays level, or grows. */

export type Reading = { atMs: number; value: number }

export type Levelness = {
  /** Mean of the first third after the warm-up, and of the last third. */
  first: number
  last: number
  /** Of the straight line nearest to all readings after the warm-up. */
  perHour: number
  isLevel: boolean
}

/** The first tenth is for warming up. */
const WARM_UP = 0.1
const HOUR_MS = 3_600_000

const mean = (readings: readonly Reading[]) =>
  readings.reduce((sum, { value }) => sum + value, 0) / Math.max(1, readings.length)

/** By least squares. */
function slopeOf(readings: readonly Reading[]): number {
  const at = mean(readings.map(({ atMs }) => ({ atMs, value: atMs })))
  const value = mean(readings)
  const [over, under] = readings.reduce(
    ([top, bottom], one) => [top + (one.atMs - at) * (one.value - value), bottom + (one.atMs - at) ** 2],
    [0, 0],
  )
  return under === 0 ? 0 : over / under
}

/**
 * Judges readings in the order of their time: level when the mean of the last third is at most `share` of that of the first,
 * and `slack` in the figure's own unit, above it.
 */
export function levelOf(
  readings: readonly Reading[],
  { share, slack }: { share: number; slack: number },
): Levelness {
  const fromMs = readings[0]?.atMs ?? 0
  const toMs = readings.at(-1)?.atMs ?? 0
  const warm = readings.filter(({ atMs }) => atMs >= fromMs + WARM_UP * (toMs - fromMs))
  const thirdMs = ((1 - WARM_UP) * (toMs - fromMs)) / 3
  const first = mean(warm.filter(({ atMs }) => atMs <= toMs - 2 * thirdMs))
  const last = mean(warm.filter(({ atMs }) => atMs >= toMs - thirdMs))
  return { first, last, perHour: slopeOf(warm) * HOUR_MS, isLevel: last <= first * (1 + share) + slack }
}
