const SECOND_MS = 1_000
const DAY_MS = 86_400_000
/** Widths people can read off an axis, in milliseconds. */
const widths = [
  ...[0.1, 0.5, 1, 2, 5, 10, 15, 30, 60, 120, 300, 600, 900, 1_800, 3_600].map((s) => s * SECOND_MS),
  ...[2, 3, 6, 12].map((hours) => hours * 3_600 * SECOND_MS),
  ...[1, 2, 7, 14, 28].map((days) => days * DAY_MS),
]

export type Buckets = { startMs: number; widthMs: number; count: number }

const bucketsOf = (fromMs: number, toMs: number, widthMs: number): Buckets => {
  const startMs = Math.floor(fromMs / widthMs) * widthMs
  return { startMs, widthMs, count: Math.floor((toMs - startMs) / widthMs) + 1 }
}

/** The narrowest even buckets, whole in UTC, that cover a range with at most `most` of them. */
export function chooseBuckets(fromMs: number, toMs: number, most: number): Buckets {
  for (const width of widths) {
    const buckets = bucketsOf(fromMs, toMs, width)
    if (buckets.count <= most) return buckets
  }
  // Aligned buckets may be one more than the span alone would need; with one bucket nothing can be aligned.
  if (most === 1) return { startMs: fromMs, widthMs: toMs - fromMs + 1, count: 1 }
  return bucketsOf(fromMs, toMs, Math.ceil((toMs - fromMs + 1) / (most - 1) / DAY_MS) * DAY_MS)
}

export type Slice = { low: number; high: number; bucket: number }
/** Ids of one bucket, both ends included, and into how many slices they are cut (a power of two). */
type Cut = { low: number; high: number; slices: number }

const powerOfTwo = (value: number) => 2 ** Math.max(0, Math.floor(Math.log2(Math.max(1, value))))

/** The number with its `bits` lowest binary digits in reverse: visits 0 … 2^bits - 1 far apart from one another. */
function scattered(index: number, bits: number): number {
  let result = 0
  for (let bit = 0; bit < bits; bit++) result = result * 2 + (Math.floor(index / 2 ** bit) % 2)
  return result
}

/**
 * The ids of a histogram's buckets cut into passes: each pass takes one slice of every bucket, so that however early one
 * stops, all of the range was looked at alike. `passIds`: about how many ids one pass goes over.
 */
export class SlicePlan {
  readonly #cuts: readonly Cut[]
  readonly #covered: number[]
  readonly passes: number

  /** `edges`: the first id of each bucket and, last, the id after the last bucket. */
  constructor(edges: readonly number[], passIds: number) {
    const ids = (edges.at(-1) ?? 0) - (edges[0] ?? 0)
    this.passes = powerOfTwo((ids / passIds) * 2)
    this.#cuts = edges.slice(0, -1).map((low, bucket) => {
      const high = (edges[bucket + 1] ?? low) - 1
      // Slices of a few ids would cost more than they spare.
      return { low, high, slices: Math.min(this.passes, powerOfTwo((high - low + 1) / 100)) }
    })
    this.#covered = this.#cuts.map(() => 0)
  }

  pass(index: number): Slice[] {
    return this.#cuts.flatMap(({ low, high, slices }, bucket) => {
      if (index >= slices || high < low) return []
      const span = high - low + 1
      const place = scattered(index, Math.log2(slices))
      const from = low + Math.floor((span * place) / slices)
      const to = low + Math.floor((span * (place + 1)) / slices) - 1
      return from > to ? [] : [{ low: from, high: to, bucket }]
    })
  }

  cover(slices: readonly Slice[]): void {
    for (const { low, high, bucket } of slices)
      this.#covered[bucket] = (this.#covered[bucket] ?? 0) + high - low + 1
  }

  /** What a count of this bucket stands for: 1 when all of it was looked at. */
  factor(bucket: number): number {
    const cut = this.#cuts[bucket]
    const covered = this.#covered[bucket] ?? 0
    return cut === undefined || covered === 0 ? 1 : Math.max(1, (cut.high - cut.low + 1) / covered)
  }

  /** The part of all ids that was looked at, 0 to 1. */
  get share(): number {
    const all = this.#cuts.reduce((sum, { low, high }) => sum + Math.max(0, high - low + 1), 0)
    return all === 0 ? 1 : Math.min(1, this.#covered.reduce((sum, ids) => sum + ids, 0) / all)
  }
}
