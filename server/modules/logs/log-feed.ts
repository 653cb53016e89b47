import type { LogLine } from '#contract/log'

/** How much may be held or handed over: whichever is reached first. */
export type FeedLimit = { lines: number; characters: number }

/** What a reader may have waiting before the oldest lines are left out and counted. */
export const FEED_CAPACITY: FeedLimit = { lines: 5_000, characters: 4_000_000 }
/** What a line weighs beside its message. */
const LINE_CHARACTERS = 200

const weightOf = (line: LogLine) => line.message.length + LINE_CHARACTERS

/**
 * What one live reader has not been sent yet. Bounded in lines and in characters: when the reader is slower than the
 * flood, the oldest waiting lines go and are counted, so memory stays level and the reader is told how many it misses.
 */
export class LogFeed {
  readonly #capacity: FeedLimit
  #waiting: LogLine[] = []
  #characters = 0
  #dropped = 0

  constructor(capacity = FEED_CAPACITY) {
    this.#capacity = capacity
  }

  push(lines: readonly LogLine[]): void {
    for (const line of lines) {
      this.#waiting.push(line)
      this.#characters += weightOf(line)
    }
    let excess = 0
    let characters = this.#characters
    for (const line of this.#waiting) {
      const isWithin =
        this.#waiting.length - excess <= this.#capacity.lines && characters <= this.#capacity.characters
      if (isWithin) break
      excess++
      characters -= weightOf(line)
    }
    this.#waiting.splice(0, excess)
    this.#characters = characters
    this.#dropped += excess
  }

  /** Lines that were left out before they came here. */
  addDropped(count: number): void {
    this.#dropped += count
  }

  get isEmpty(): boolean {
    return this.#waiting.length === 0 && this.#dropped === 0
  }

  get size(): FeedLimit {
    return { lines: this.#waiting.length, characters: this.#characters }
  }

  /** The oldest waiting lines up to `limit`, at least one, and the count of those left out before them. */
  take(limit: FeedLimit = FEED_CAPACITY): { lines: LogLine[]; dropped: number } {
    let count = 0
    let characters = 0
    for (const line of this.#waiting) {
      const weight = weightOf(line)
      if (count === limit.lines || (count > 0 && characters + weight > limit.characters)) break
      count++
      characters += weight
    }
    this.#characters -= characters
    const dropped = this.#dropped
    this.#dropped = 0
    return { lines: this.#waiting.splice(0, count), dropped }
  }
}
