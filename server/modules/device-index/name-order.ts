import { compare } from './dictionary.ts'
import { grown } from './code-lists.ts'

/**
 * The place of every device by name, then id. Names seldom change, so what changed is gathered and merged in when an order
 * is asked for: one pass over all, and none when nothing was renamed.
 */
export class NameOrder {
  readonly #nameOf: (slot: number) => string
  readonly #idOf: (slot: number) => number
  #order = new Int32Array(0)
  #ranks = new Float64Array(0)
  /** Slots whose place is not known yet. */
  readonly #moved = new Set<number>()
  /** By slot 1 where it is not to stay at its place: moved or gone. */
  #leaving = new Uint8Array(0)
  #isStale = false

  constructor(nameOf: (slot: number) => string, idOf: (slot: number) => number) {
    this.#nameOf = nameOf
    this.#idOf = idOf
  }

  /** The device of this slot is new or has another name. Call after it was written. */
  put(slot: number): void {
    this.#leave(slot)
    this.#moved.add(slot)
  }

  remove(slot: number): void {
    this.#leave(slot)
    this.#moved.delete(slot)
  }

  #leave(slot: number): void {
    this.#leaving = grown(this.#leaving, slot + 1)
    this.#leaving[slot] = 1
    this.#isStale = true
  }

  /** By slot: its place. */
  ranks(): Float64Array {
    if (this.#isStale) this.#merge()
    return this.#ranks
  }

  /** The place of this name and id; between two places where no device has both. */
  rankOf(name: string, id: number): number {
    this.ranks()
    const place = this.#placeOf(this.#order, name, id, 0)
    const slot = this.#order[place]
    return slot !== undefined && this.#compareTo(slot, name, id) === 0 ? place : place - 0.5
  }

  #compareTo(slot: number, name: string, id: number): number {
    return compare(this.#nameOf(slot), name) || this.#idOf(slot) - id
  }

  /** The first place from `from` on whose device does not stand before this name and id. */
  #placeOf(order: Int32Array, name: string, id: number, from: number): number {
    let low = from
    let high = order.length
    while (low < high) {
      const middle = (low + high) >>> 1
      if (this.#compareTo(order[middle] ?? 0, name, id) < 0) low = middle + 1
      else high = middle
    }
    return low
  }

  #merge(): void {
    const staying = this.#staying()
    const coming = [...this.#moved].sort((a, b) => this.#compareTo(a, this.#nameOf(b), this.#idOf(b)))
    const next = new Int32Array(staying.length + coming.length)
    let length = 0
    let copied = 0
    for (const slot of coming) {
      const place = this.#placeOf(staying, this.#nameOf(slot), this.#idOf(slot), copied)
      next.set(staying.subarray(copied, place), length)
      length += place - copied
      copied = place
      next[length++] = slot
    }
    next.set(staying.subarray(copied), length)
    this.#order = next
    this.#ranks = grown(this.#ranks, this.#leaving.length)
    for (let rank = 0; rank < next.length; rank++) this.#ranks[next[rank] ?? 0] = rank
    this.#leaving.fill(0)
    this.#moved.clear()
    this.#isStale = false
  }

  #staying(): Int32Array {
    const staying = new Int32Array(this.#order.length)
    let length = 0
    for (let place = 0; place < staying.length; place++) {
      const slot = this.#order[place] ?? 0
      if (this.#leaving[slot] === 0) staying[length++] = slot
    }
    return staying.subarray(0, length)
  }
}
