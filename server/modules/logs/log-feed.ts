import type { LogLine } from '#contract/log'

/** Lines a reader may have waiting before the oldest are left out and counted. */
export const FEED_CAPACITY = 5_000

/**
 * What one live reader has not been sent yet. Bounded: when the reader is slower than the flood, the oldest
 * waiting lines go and are counted, so memory stays level and the reader is told how many it misses.
 */
export class LogFeed {
  readonly #capacity: number
  #waiting: LogLine[] = []
  #dropped = 0

  constructor(capacity = FEED_CAPACITY) {
    this.#capacity = capacity
  }

  push(lines: readonly LogLine[]): void {
    this.#waiting.push(...lines)
    const excess = this.#waiting.length - this.#capacity
    if (excess <= 0) return
    this.#waiting.splice(0, excess)
    this.#dropped += excess
  }

  /** Lines that were left out before they came here. */
  addDropped(count: number): void {
    this.#dropped += count
  }

  get isEmpty(): boolean {
    return this.#waiting.length === 0 && this.#dropped === 0
  }

  /** Up to `limit` of the oldest waiting lines and the count of those left out before them. */
  take(limit: number): { lines: LogLine[]; dropped: number } {
    const lines = this.#waiting.splice(0, limit)
    const dropped = this.#dropped
    this.#dropped = 0
    return { lines, dropped }
  }
}
