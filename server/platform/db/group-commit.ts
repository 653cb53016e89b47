import { storeFailure } from './store-failure.ts'

/** The queue of a group commit is full; over HTTP it becomes 503. */
export class Overloaded extends Error {
  constructor(name: string) {
    super(`${name} is overloaded`)
  }
}

/** A result that is there, or still to come: its group does not wait for it. */
export type Coming<R> = R | Promise<R>
type Waiting<T, R> = { item: T; resolve: (result: Coming<R>) => void; reject: (error: unknown) => void }
type Lane<T, R> = { queue: Waiting<T, R>[]; running: Promise<void> | null }

/**
 * Collects items and writes them together: `submit` resolves only after the write that contains its item returned,
 * that is, after its commit. While one write runs the next group gathers, so groups grow with load and a lone item
 * waits for nobody. The queue is bounded: beyond `maxQueued` items `submit` rejects with Overloaded.
 * When a group fails, it is halved until the bad item stands alone, so the others are still stored; where the store itself
 * is the reason, all fail at once.
 * With several `lanes` so many groups are written at once: while one waits for the disk the next is prepared. Items of
 * one lane (`laneOf`) are written in their order.
 */
export class GroupCommit<T, R = void> {
  readonly #name: string
  readonly #write: (items: readonly T[]) => Promise<readonly Coming<R>[]>
  readonly #maxGroup: number
  readonly #maxQueued: number
  readonly #lanes: Lane<T, R>[]
  readonly #laneOf: (item: T) => number

  /** `write` stores all items in one transaction and answers one result an item, in order; see `Coming`. */
  constructor(options: {
    name: string
    write: (items: readonly T[]) => Promise<readonly Coming<R>[]>
    maxGroup?: number
    maxQueued?: number
    lanes?: number
    /** A whole number, the same for items whose order counts. */
    laneOf?: (item: T) => number
  }) {
    this.#name = options.name
    this.#write = options.write
    this.#maxGroup = options.maxGroup ?? 200
    this.#maxQueued = options.maxQueued ?? 5_000
    this.#lanes = Array.from({ length: options.lanes ?? 1 }, () => ({ queue: [], running: null }))
    this.#laneOf = options.laneOf ?? (() => 0)
  }

  get queued(): number {
    let queued = 0
    for (const { queue } of this.#lanes) queued += queue.length
    return queued
  }

  submit(item: T): Promise<R> {
    if (this.queued >= this.#maxQueued) return Promise.reject(new Overloaded(this.#name))
    const lane = this.#lanes[this.#laneOf(item) % this.#lanes.length]
    if (!lane) return Promise.reject(new Error(`${this.#name}: an item without a lane`))
    return new Promise<R>((resolve, reject) => {
      lane.queue.push({ item, resolve, reject })
      lane.running ??= this.#run(lane)
    })
  }

  /** Resolves when everything submitted so far is settled. */
  async flush(): Promise<void> {
    for (const lane of this.#lanes) while (lane.running) await lane.running
  }

  async #run(lane: Lane<T, R>): Promise<void> {
    // Lets everything that arrives in this turn of the event loop join the first group.
    await new Promise((resolve) => setImmediate(resolve))
    while (lane.queue.length > 0) await this.#writeGroup(lane.queue.splice(0, this.#maxGroup))
    lane.running = null
  }

  async #writeGroup(group: Waiting<T, R>[]): Promise<void> {
    try {
      const results = await this.#write(group.map((waiting) => waiting.item))
      if (results.length !== group.length)
        throw new Error(`${this.#name}: ${results.length} results for ${group.length} items`)
      group.forEach((waiting, index) => waiting.resolve(results[index] as Coming<R>))
    } catch (error) {
      if (group.length === 1 || storeFailure(error) !== null) {
        for (const waiting of group) waiting.reject(error)
        return
      }
      const middle = Math.ceil(group.length / 2)
      await this.#writeGroup(group.slice(0, middle))
      await this.#writeGroup(group.slice(middle))
    }
  }
}
