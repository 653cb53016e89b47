import type { Change } from './changes.ts'

/**
 * Changes in their order, for many that read on from positions of their own. Positions count from the first change ever
 * pushed. Those that read from the same position get the very same array, so that what is worked out of it can be shared.
 */
export class SharedChanges {
  #entries: Change[] = []
  /** Position of the first entry. */
  #start = 0
  #slice: { from: number; to: number; changes: readonly Change[] } | null = null

  /** Position after the newest change. */
  get end(): number {
    return this.#start + this.#entries.length
  }

  push(change: Change): void {
    this.#entries.push(change)
  }

  /** Everything from a position on; what was forgotten cannot be asked for. */
  from(position: number): readonly Change[] {
    if (this.#slice?.from === position && this.#slice.to === this.end) return this.#slice.changes
    const changes = this.#entries.slice(position - this.#start)
    this.#slice = { from: position, to: this.end, changes }
    return changes
  }

  /** Nobody will ask for what is before this position. */
  forget(position: number): void {
    this.#entries.splice(0, position - this.#start)
    this.#start = position
    this.#slice = null
  }
}
