import type { Change } from './changes.ts'

/** Microseconds: far more than changes ever are, so a revision from before a restart is always smaller. */
const PER_MS = 1000

/**
 * The changes of late, each under a revision. Revisions follow the clock, so that those of gateways whose clocks agree can be
 * compared; they only ever grow, whatever the clock does.
 */
export class Journal {
  readonly #nowMs: () => number
  #changes: Change[] = []
  /** Of each change. */
  #revisions: number[] = []
  #start: number
  #end: number

  constructor(nowMs: () => number) {
    this.#nowMs = nowMs
    this.#start = nowMs() * PER_MS
    this.#end = this.#start
  }

  /** The first revision from which on all changes are known. */
  get start(): number {
    return this.#start
  }

  /** Whatever is noted from here on has this revision or a greater one. */
  get end(): number {
    this.#end = Math.max(this.#end, this.#nowMs() * PER_MS)
    return this.#end
  }

  get length(): number {
    return this.#changes.length
  }

  /** What is noted from here on has a revision no smaller than this one, which another gateway gave out. */
  raise(revision: number): void {
    this.#end = Math.max(this.#end, revision)
  }

  push(change: Change): void {
    const revision = this.end
    this.#changes.push(change)
    this.#revisions.push(revision)
    this.#end = revision + 1
  }

  /** Everything from a revision no smaller than `start` on. */
  from(revision: number): readonly Change[] {
    let [low, high] = [0, this.#revisions.length]
    while (low < high) {
      const middle = (low + high) >>> 1
      if ((this.#revisions[middle] ?? 0) < revision) low = middle + 1
      else high = middle
    }
    return this.#changes.slice(low)
  }

  /** Keeps the newest `count`. */
  keep(count: number): void {
    const excess = this.#changes.length - count
    if (excess <= 0) return
    this.#changes.splice(0, excess)
    this.#start = (this.#revisions.splice(0, excess).at(-1) ?? this.#start) + 1
  }

  /** Who asks from any revision given out so far must not be answered: changes may be missing. */
  forgetAll(): void {
    this.#start = this.end + 1
    this.#end = this.#start
    this.#changes = []
    this.#revisions = []
  }
}
