/** Few different values as small numbers. The number of a value that is let go is given to another. */
export class Dictionary<T extends string | number> {
  readonly #codes = new Map<T, number>()
  readonly #values: (T | undefined)[] = []
  readonly #free: number[] = []
  #ranks: Float64Array | null = null

  /** Numbers are below this. */
  get size(): number {
    return this.#values.length
  }

  /** Values with their numbers. */
  entries(): IterableIterator<[T, number]> {
    return this.#codes.entries()
  }

  /** The number of a value; a new one where it has none. */
  codeOf(value: T): number {
    const known = this.#codes.get(value)
    if (known !== undefined) return known
    const code = this.#free.pop() ?? this.#values.length
    this.#codes.set(value, code)
    this.#values[code] = value
    this.#ranks = null
    return code
  }

  find(value: T): number | undefined {
    return this.#codes.get(value)
  }

  /** Throws where no value has this number. */
  valueOf(code: number): T {
    const value = this.#values[code]
    if (value === undefined) throw new Error(`no value has the code ${code}`)
    return value
  }

  /** Nothing has this value any more. */
  letGo(code: number): void {
    this.#codes.delete(this.valueOf(code))
    this.#values[code] = undefined
    this.#free.push(code)
    this.#ranks = null
  }

  /** By number: the value's place in ascending order. */
  ranks(): Float64Array {
    if (this.#ranks) return this.#ranks
    this.#ranks = new Float64Array(this.#values.length)
    const sorted = [...this.#codes].sort(([a], [b]) => compare(a, b))
    for (const [rank, [, code]] of sorted.entries()) this.#ranks[code] = rank
    return this.#ranks
  }

  /** The place of a value in ascending order; between two places where nothing has it. */
  rankOf(value: T): number {
    const code = this.find(value)
    if (code !== undefined) return this.ranks()[code] ?? 0
    let smaller = 0
    for (const own of this.#codes.keys()) if (compare(own, value) < 0) smaller++
    return smaller - 0.5
  }
}

/** By code unit: the same on every gateway, whatever the locale of machine and database. */
export const compare = <T extends string | number>(a: T, b: T): number => (a < b ? -1 : a > b ? 1 : 0)
