const SPARE = 1.5

/** A short list of numbers for each slot, all in one array, so that 100,000 lists are no objects. */
export class CodeLists {
  #starts = new Int32Array(0)
  #lengths = new Int32Array(0)
  #pool = new Int32Array(0)
  #used = 0
  #garbage = 0

  /** Makes room for slots below `slots`. */
  grow(slots: number): void {
    this.#starts = grown(this.#starts, slots)
    this.#lengths = grown(this.#lengths, slots)
  }

  lengthOf(slot: number): number {
    return this.#lengths[slot] ?? 0
  }

  /** The `index`-th number of a slot's list. */
  at(slot: number, index: number): number {
    return this.#pool[(this.#starts[slot] ?? 0) + index] ?? 0
  }

  /** Adds one to each number's count for each of these slots that has it. */
  countInto(counts: Int32Array, slots: Int32Array): void {
    const pool = this.#pool
    for (let at = 0; at < slots.length; at++) {
      const slot = slots[at] ?? 0
      const start = this.#starts[slot] ?? 0
      const end = start + (this.#lengths[slot] ?? 0)
      for (let place = start; place < end; place++) {
        const code = pool[place] ?? 0
        counts[code] = (counts[code] ?? 0) + 1
      }
    }
  }

  /** Those of these slots that have a number in `passing` (1 by number), written to `into`, which may be the same array. */
  narrow(slots: Int32Array, into: Int32Array, passing: Uint8Array): Int32Array {
    const pool = this.#pool
    let length = 0
    for (let at = 0; at < slots.length; at++) {
      const slot = slots[at] ?? 0
      const start = this.#starts[slot] ?? 0
      const end = start + (this.#lengths[slot] ?? 0)
      let passes = 0
      for (let place = start; place < end; place++) passes |= passing[pool[place] ?? 0] ?? 0
      if (passes === 1) into[length++] = slot
    }
    return into.subarray(0, length)
  }

  set(slot: number, codes: readonly number[]): void {
    const before = this.lengthOf(slot)
    if (codes.length > before) {
      this.#garbage += before
      this.#lengths[slot] = 0
      this.#makeRoom(codes.length)
      this.#starts[slot] = this.#used
      this.#used += codes.length
    } else this.#garbage += before - codes.length
    this.#pool.set(codes, this.#starts[slot])
    this.#lengths[slot] = codes.length
  }

  #makeRoom(more: number): void {
    if (this.#used + more <= this.#pool.length) return
    const needed = this.#used - this.#garbage + more
    const next = new Int32Array(Math.ceil(needed * SPARE) + 64)
    let used = 0
    for (let slot = 0; slot < this.#lengths.length; slot++) {
      const length = this.lengthOf(slot)
      const start = this.#starts[slot] ?? 0
      next.set(this.#pool.subarray(start, start + length), used)
      this.#starts[slot] = used
      used += length
    }
    this.#pool = next
    this.#used = used
    this.#garbage = 0
  }
}

type Numbers = Int32Array | Float64Array | Uint8Array
/** The same numbers with room for at least `length`. */
export function grown<A extends Numbers>(array: A, length: number): A {
  if (length <= array.length) return array
  const Kind = array.constructor as new (length: number) => A
  const next = new Kind(Math.ceil(length * SPARE) + 64)
  next.set(array)
  return next
}
