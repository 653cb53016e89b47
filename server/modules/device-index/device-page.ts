import type { DeviceListQuery } from '#contract/device'
import { healthStates } from '#contract/health'
import { grown } from './code-lists.ts'
import type { DeviceColumns } from './device-columns.ts'

/** Where a page ended: the key it is ordered by, then name and id. */
export type PageEdge = { key: string | number | null; name: string; id: number }
export type Order = Pick<DeviceListQuery, 'sort' | 'direction'>

/** One slot in so many is looked at first: after them few others come into question, in whatever order they stand. */
const SAMPLE = 64

/** By code of health: the worst first. */
function troubleRanks({ dictionaries }: DeviceColumns): Float64Array {
  const ranks = new Float64Array(dictionaries.health.size)
  for (const [rank, state] of healthStates.entries()) {
    const code = dictionaries.health.find(state)
    if (code !== undefined) ranks[code] = rank
  }
  return ranks
}

/** Room for keys, used again and again: making it anew costs more than filling it. */
let room = new Float64Array(0)

/** By slot what it is ordered by; what is made of codes is good until the next is asked for. */
export function keysOf(columns: DeviceColumns, slots: Int32Array, sort: Order['sort']): Float64Array {
  const { dictionaries, single } = columns
  const byRank = (codes: Int32Array, ranks: Float64Array) => {
    room = grown(room, columns.ids.length)
    for (let at = 0; at < slots.length; at++) {
      const slot = slots[at] ?? 0
      room[slot] = ranks[codes[slot] ?? 0] ?? 0
    }
    return room
  }
  if (sort === 'trouble') return byRank(single.health, troubleRanks(columns))
  if (sort === 'release') return byRank(single.release, dictionaries.release.ranks())
  if (sort === 'os') return byRank(single.os, dictionaries.os.ranks())
  if (sort === 'type') return byRank(single.deviceType, dictionaries.deviceType.ranks())
  return sort === 'name' ? columns.order.ranks() : columns.figure[sort]
}

/** The key of a slot as an edge tells it. */
function keyOfEdge(columns: DeviceColumns, sort: DeviceListQuery['sort'], slot: number): PageEdge['key'] {
  const { dictionaries, single } = columns
  if (sort === 'release') return dictionaries.release.valueOf(single.release[slot] ?? 0)
  if (sort === 'os') return dictionaries.os.valueOf(single.os[slot] ?? 0)
  if (sort === 'type') return dictionaries.deviceType.valueOf(single.deviceType[slot] ?? 0)
  if (sort === 'name') return null
  if (sort === 'trouble') return troubleRanks(columns)[single.health[slot] ?? 0] ?? 0
  return columns.figure[sort][slot] ?? 0
}

/** The key of an edge as a number that slots are compared with; between two where no device has it any more. */
function edgeNumber(columns: DeviceColumns, sort: DeviceListQuery['sort'], key: PageEdge['key']): number {
  if (sort === 'release') return columns.dictionaries.release.rankOf(Number(key))
  if (sort === 'os') return columns.dictionaries.os.rankOf(String(key))
  if (sort === 'type') return columns.dictionaries.deviceType.rankOf(String(key))
  return Number(key)
}

/**
 * The first `limit` of these slots in an order, after an edge. Looks at each slot once and keeps the best so far in a heap
 * whose root is the last of them, so that most are passed by after one comparison.
 */
export function pageOf(
  columns: DeviceColumns,
  slots: Int32Array,
  order: Order,
  after: PageEdge | null,
  limit: number,
): number[] {
  const sign = order.direction === 'asc' ? 1 : -1
  const keys = keysOf(columns, slots, order.sort)
  const ranks = columns.order.ranks()
  const edgeRank = after === null ? 0 : sign * columns.order.rankOf(after.name, after.id)
  const edgeKey =
    after === null
      ? -Infinity
      : order.sort === 'name'
        ? edgeRank
        : sign * edgeNumber(columns, order.sort, after.key)
  const best = new BestSlots(limit)
  const offerEach = (from: number, to: number, step: number) => {
    let { lastKey, lastRank } = best
    for (let at = from; at < to; at += step) {
      const slot = slots[at] ?? 0
      const key = sign * (keys[slot] ?? 0)
      if (key > lastKey || key < edgeKey) continue
      const rank = sign * (ranks[slot] ?? 0)
      if ((key === edgeKey && rank <= edgeRank) || (key === lastKey && rank > lastRank)) continue
      best.offer(slot, key, rank)
      lastKey = best.lastKey
      lastRank = best.lastRank
    }
  }
  offerEach(0, slots.length, SAMPLE)
  for (let sampled = 0; sampled < slots.length; sampled += SAMPLE)
    offerEach(sampled + 1, Math.min(sampled + SAMPLE, slots.length), 1)
  return best.sorted()
}

export const edgeOf = (columns: DeviceColumns, sort: DeviceListQuery['sort'], slot: number): PageEdge => ({
  key: keyOfEdge(columns, sort, slot),
  name: columns.names[slot] ?? '',
  id: columns.ids[slot] ?? 0,
})

/** The least `limit` of what is offered, by key and then rank. */
class BestSlots {
  readonly #limit: number
  readonly #slots: number[] = []
  readonly #keys: number[] = []
  readonly #ranks: number[] = []

  constructor(limit: number) {
    this.#limit = limit
  }

  /** What has a greater key, or the same and a greater rank, is none of the best. */
  get lastKey(): number {
    return this.#slots.length < this.#limit ? Infinity : (this.#keys[0] ?? 0)
  }

  get lastRank(): number {
    return this.#slots.length < this.#limit ? Infinity : (this.#ranks[0] ?? 0)
  }

  offer(slot: number, key: number, rank: number): void {
    const size = this.#slots.length
    if (size < this.#limit) {
      this.#slots.push(slot)
      this.#keys.push(key)
      this.#ranks.push(rank)
      this.#rise(size)
      return
    }
    if (key > this.lastKey || (key === this.lastKey && rank > this.lastRank)) return
    this.#slots[0] = slot
    this.#keys[0] = key
    this.#ranks[0] = rank
    this.#sink()
  }

  sorted(): number[] {
    const places = this.#slots.map((_, place) => place)
    places.sort((a, b) => this.#difference(a, b))
    return places.map((place) => this.#slots[place] ?? 0)
  }

  #difference(a: number, b: number): number {
    return (this.#keys[a] ?? 0) - (this.#keys[b] ?? 0) || (this.#ranks[a] ?? 0) - (this.#ranks[b] ?? 0)
  }

  #swap(a: number, b: number): void {
    for (const values of [this.#slots, this.#keys, this.#ranks]) {
      const held = values[a] ?? 0
      values[a] = values[b] ?? 0
      values[b] = held
    }
  }

  #rise(from: number): void {
    for (let at = from; at > 0;) {
      const parent = (at - 1) >>> 1
      if (this.#difference(at, parent) <= 0) return
      this.#swap(at, parent)
      at = parent
    }
  }

  #sink(): void {
    for (let at = 0; ;) {
      const left = 2 * at + 1
      const right = left + 1
      let next = at
      if (left < this.#slots.length && this.#difference(left, next) > 0) next = left
      if (right < this.#slots.length && this.#difference(right, next) > 0) next = right
      if (next === at) return
      this.#swap(at, next)
      at = next
    }
  }
}
