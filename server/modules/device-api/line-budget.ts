/** Lines a device may store in one span; beyond, they are counted and a marker says how many are missing. */
export const LINES_PER_SPAN = 5_000
export const SPAN_MS = 10_000

/** Lets a device's lines through up to a rate, and remembers how many had to be left out until that is told. */
export class LineBudget {
  #spanEndsMs = 0
  #used = 0
  #leftOut = 0

  /** How many of `count` lines may pass now, and how many of an earlier span are to be told as left out. */
  take(count: number, nowMs: number): { allowed: number; leftOut: number } {
    const leftOut = nowMs >= this.#spanEndsMs ? this.settle() : 0
    if (nowMs >= this.#spanEndsMs) {
      this.#spanEndsMs = nowMs + SPAN_MS
      this.#used = 0
    }
    const allowed = Math.max(0, Math.min(count, LINES_PER_SPAN - this.#used))
    this.#used += allowed
    this.#leftOut += count - allowed
    return { allowed, leftOut }
  }

  /** Counts lines that were let through but could not be stored. */
  leaveOut(count: number): void {
    this.#leftOut += count
  }

  /** What was left out and not yet told; from now on it counts as told. */
  settle(): number {
    const leftOut = this.#leftOut
    this.#leftOut = 0
    return leftOut
  }
}
