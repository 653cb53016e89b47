import type { Change } from './changes.ts'

/**
 * Changes in their order, for many that read on from positions of their own. Each change moves the end on by one. Those that
 * read from the same position get the very same array, so that what is worked out of it can be shared.
 */
export class SharedChanges {
  #entries: Change[] = []
  #start: number
  #slice: { from: number; to: number; changes: readonly Change[] } | null = null

  constructor(start = 0) {
    this.#start = start
  }

  /** The first position that can still be read from. */
  get start(): number {
    return this.#start
  }

  /** Position after the newest change. */
  get end(): number {
    return this.#start + this.#entries.length
  }

  push(change: Change): void {
    this.#entries.push(change)
  }

  /** Everything from a position between `start` and `end` on. */
  from(position: number): readonly Change[] {
    if (this.#slice?.from === position && this.#slice.to === this.end) return this.#slice.changes
    const changes = this.#entries.slice(position - this.#start)
    this.#slice = { from: position, to: this.end, changes }
    return changes
  }

  /** Nobody will ask for what is before this position; one beyond the end becomes the end. */
  forget(position: number): void {
    this.#entries.splice(0, position - this.#start)
    this.#start = position
    this.#slice = null
  }
}
