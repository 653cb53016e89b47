/** A clock difference smaller than this is the network's. */
const STEP_MS = 10_000
/** Buffered lines of a device that was away are old, so "behind" is believed only when it stays so. */
const BELIEVED_AFTER_MS = 30_000
/** A hundred years: what a column and a sentence can hold. */
const MAX_SKEW_MS = 3.2e12

/** Estimates how a device's clock differs from the gateway's, from the times of its log lines. */
export class ClockWatch {
  #toldMs = 0
  #sinceMs: number | null = null
  #latestMs = Number.NEGATIVE_INFINITY

  /**
   * Takes the times of one delivery; answers the new difference in milliseconds (positive: its clock is ahead) when
   * that has changed, else null. The newest line of a delivery was made just before: a line from the future proves a
   * clock ahead at once, old lines prove a clock behind only if no newer ones come for a while.
   */
  take(timestamps: readonly number[], nowMs: number): number | null {
    const latest = timestamps.reduce((most, at) => Math.max(most, at), Number.NEGATIVE_INFINITY) - nowMs
    if (!Number.isFinite(latest)) return null
    this.#sinceMs ??= nowMs
    this.#latestMs = Math.max(this.#latestMs, latest)
    const isBehind = this.#latestMs <= -STEP_MS
    if (isBehind && nowMs - this.#sinceMs < BELIEVED_AFTER_MS) return null
    const skewMs = Math.abs(this.#latestMs) < STEP_MS ? 0 : this.#latestMs
    this.#sinceMs = null
    this.#latestMs = Number.NEGATIVE_INFINITY
    if (Math.abs(skewMs - this.#toldMs) < STEP_MS) return null
    this.#toldMs = skewMs
    return Math.round(Math.max(-MAX_SKEW_MS, Math.min(MAX_SKEW_MS, skewMs)))
  }
}
