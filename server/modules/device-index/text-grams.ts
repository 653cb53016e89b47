/** Buckets of pairs and triples of letters. Two that share a bucket only cost a look at the text itself. */
const BUCKETS = 512

const spread = (hash: number) => (hash ^ (hash >>> 9) ^ (hash >>> 18)) & (BUCKETS - 1)

/** In which turn a bucket was last met: a set that is emptied by the next turn. */
const met = new Uint32Array(BUCKETS)
let turn = 0

/** The buckets of a text, each once. */
function bucketsOf(text: string): number[] {
  turn++
  const buckets: number[] = []
  const meet = (bucket: number) => {
    if (met[bucket] === turn) return
    met[bucket] = turn
    buckets.push(bucket)
  }
  for (let at = 0; at + 2 <= text.length; at++) {
    const pair = (text.charCodeAt(at) * 31 + text.charCodeAt(at + 1)) | 0
    meet(spread(pair))
    if (at + 3 <= text.length) meet(spread((pair * 31 + text.charCodeAt(at + 2)) | 0))
  }
  return buckets
}

/**
 * Which devices may have a piece of text somewhere in theirs: for each bucket of letter pairs and triples one bit a device.
 * A device without the piece may be named too, never is one with it left out.
 */
export class TextGrams {
  #words = 0
  /** Bucket after bucket, 32 slots a number. */
  #bits = new Int32Array(0)

  grow(slots: number): void {
    const words = Math.ceil(slots / 32)
    if (words <= this.#words) return
    const next = Math.ceil(words * 1.5) + 2
    const bits = new Int32Array(next * BUCKETS)
    for (let bucket = 0; bucket < BUCKETS; bucket++)
      bits.set(this.#bits.subarray(bucket * this.#words, (bucket + 1) * this.#words), bucket * next)
    this.#words = next
    this.#bits = bits
  }

  replace(slot: number, before: string, after: string): void {
    const word = slot >>> 5
    const bit = 1 << (slot & 31)
    for (const bucket of bucketsOf(before)) {
      const at = bucket * this.#words + word
      this.#bits[at] = (this.#bits[at] ?? 0) & ~bit
    }
    for (const bucket of bucketsOf(after)) {
      const at = bucket * this.#words + word
      this.#bits[at] = (this.#bits[at] ?? 0) | bit
    }
  }

  /** One bit a slot, or null where the text is too short to tell. */
  candidates(text: string): Int32Array | null {
    const [first, ...others] = bucketsOf(text)
    if (first === undefined) return null
    const found = this.#bits.slice(first * this.#words, (first + 1) * this.#words)
    for (const bucket of others) {
      const from = bucket * this.#words
      for (let word = 0; word < found.length; word++)
        found[word] = (found[word] ?? 0) & (this.#bits[from + word] ?? 0)
    }
    return found
  }
}
