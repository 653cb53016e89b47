/**
 * A list of at most `capacity` items with cheap pushes at both ends. A push at one end of a full buffer drops an item
 * at the other, so memory stays level whatever arrives.
 */
export class RingBuffer<T> {
  readonly capacity: number
  readonly #slots: (T | undefined)[] = []
  #start = 0
  #length = 0

  /** @throws RangeError when `capacity` is not a positive integer. */
  constructor(capacity: number) {
    if (!Number.isInteger(capacity) || capacity < 1) throw new RangeError(`bad capacity: ${capacity}`)
    this.capacity = capacity
  }

  get length(): number {
    return this.#length
  }

  get isFull(): boolean {
    return this.#length === this.capacity
  }

  /** The item at `index`, 0 the first, -1 the last; undefined outside. */
  at(index: number): T | undefined {
    const place = index < 0 ? this.#length + index : index
    if (place < 0 || place >= this.#length) return undefined
    return this.#slots[(this.#start + place) % this.capacity]
  }

  /** Adds at the end; answers what had to go at the front, if anything. */
  push(item: T): T | undefined {
    const end = (this.#start + this.#length) % this.capacity
    const dropped = this.isFull ? this.#slots[end] : undefined
    this.#slots[end] = item
    if (this.isFull) this.#start = (this.#start + 1) % this.capacity
    else this.#length++
    return dropped
  }

  /** Adds at the front; answers what had to go at the end, if anything. */
  unshift(item: T): T | undefined {
    this.#start = (this.#start + this.capacity - 1) % this.capacity
    const dropped = this.isFull ? this.#slots[this.#start] : undefined
    this.#slots[this.#start] = item
    if (!this.isFull) this.#length++
    return dropped
  }

  /** Puts another item in the last one's place; nothing in an empty buffer. */
  replaceLast(item: T): void {
    if (this.#length > 0) this.#slots[(this.#start + this.#length - 1) % this.capacity] = item
  }

  clear(): void {
    this.#slots.length = 0
    this.#start = 0
    this.#length = 0
  }

  *[Symbol.iterator](): Generator<T> {
    for (let index = 0; index < this.#length; index++) {
      const item = this.at(index)
      if (item !== undefined) yield item
    }
  }
}
