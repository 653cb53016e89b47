import type { LogLine, LogPage } from '#contract/log'
import { RingBuffer } from '@/lib/ring-buffer'

/** Lines held by one page; older ones are fetched again when somebody scrolls up to them. */
export const WINDOW_CAPACITY = 50_000
/** Live lines kept aside while the window does not reach the newest ones. */
const ASIDE_CAPACITY = 5_000

/** A place where lines are missing. `count` is null when nobody knows how many. */
export type LogGap = {
  kind: 'gap'
  key: number
  count: number | null
  cause: 'slow-reader' | 'away'
  at: string
}
export type LogEntry = { kind: 'line'; key: number; line: LogLine } | LogGap

const entryOf = (line: LogLine): LogEntry => ({ kind: 'line', key: line.id, line })

/**
 * The stretch of a log that the page holds: stored lines and the live ones that follow, each once and in order. It is
 * the one place where server data does not live in react-query: an array rebuilt for each of thousands of lines a
 * second would stop the page, so lines go into a ring and whoever shows them is told once per frame.
 *
 * While it follows, the oldest lines make room for new ones. While somebody reads, nothing they may be looking at is
 * dropped: a full window then stops growing and is *detached*: it no longer reaches the newest line, live lines are
 * counted, and what lies between is loaded by scrolling down.
 */
export class LogWindow {
  readonly #ring: RingBuffer<LogEntry>
  readonly #aside: RingBuffer<LogLine>
  readonly #listeners = new Set<() => void>()
  #version = 0
  /** The newest line known of, matching or not, in the window or not: where a new subscription goes on. */
  #seenTo: number | null = null
  #hasOlder = false
  /** Where the search for older and newer lines goes on, when that is not at the first and last line held. */
  #olderFrom: number | null = null
  #newerFrom: number | null = null
  /** How far a search that used up its time came to either side. */
  #searchedFrom: string | null = null
  #searchedTo: string | null = null
  #isDetached = false
  /** Detached only until the page that follows on an interruption is here. */
  #isInterrupted = false
  #generation = 0
  #isFollowing = true
  #sinceCount = 0
  #lineCount = 0
  #services: ReadonlySet<string> = new Set()
  #devices: ReadonlyMap<string, string> = new Map()

  constructor(capacity = WINDOW_CAPACITY, asideCapacity = ASIDE_CAPACITY) {
    this.#ring = new RingBuffer(capacity)
    this.#aside = new RingBuffer(asideCapacity)
  }

  get length(): number {
    return this.#ring.length
  }
  /** Lines without the gaps. */
  get lineCount(): number {
    return this.#lineCount
  }
  /** Whether stored lines before the first one may be fetched. */
  get hasOlder(): boolean {
    return this.#hasOlder
  }
  /** Whether lines follow on the last one that are not held. */
  get hasNewer(): boolean {
    return this.#isDetached && !this.#isInterrupted
  }
  /** When set, the search for older lines stopped early at this moment, and goes on only when asked to. */
  get searchedFrom(): string | null {
    return this.hasOlder ? this.#searchedFrom : null
  }
  /** The same for newer lines. */
  get searchedTo(): string | null {
    return this.hasNewer ? this.#searchedTo : null
  }
  /** What to ask for as `before` and `after`. */
  get olderFrom(): number | null {
    return this.#olderFrom ?? this.#edgeId(0, 1)
  }
  get newerFrom(): number | null {
    return this.#newerFrom ?? this.#lastId
  }
  /** Grows with every `reset`: whoever shows the lines takes up a new position. */
  get generation(): number {
    return this.#generation
  }
  get isFollowing(): boolean {
    return this.#isFollowing
  }
  /** Lines that arrived since following stopped. */
  get sinceCount(): number {
    return this.#sinceCount
  }
  get seenTo(): number | null {
    return this.#seenTo
  }
  /** Names of services and devices seen so far, for filters: others each time there is a new one. */
  get services(): ReadonlySet<string> {
    return this.#services
  }
  get devices(): ReadonlyMap<string, string> {
    return this.#devices
  }
  get #lastId(): number | null {
    return this.#edgeId(this.#ring.length - 1, -1)
  }
  readonly at = (index: number): LogEntry | undefined => this.#ring.at(index)

  /** Where the entry with this key stands, or -1. */
  indexOf(key: number): number {
    const index = this.indexFrom(key)
    return this.#ring.at(index)?.key === key ? index : -1
  }

  /** Where the first entry stands whose key is this or a later one; the last one if there is none. */
  indexFrom(key: number): number {
    let low = 0
    let high = this.#ring.length - 1
    while (low < high) {
      const middle = (low + high) >> 1
      if ((this.#ring.at(middle)?.key ?? 0) < key) low = middle + 1
      else high = middle
    }
    return high
  }

  readonly subscribe = (listener: () => void): (() => void) => {
    this.#listeners.add(listener)
    return () => void this.#listeners.delete(listener)
  }
  readonly version = (): number => this.#version

  /** A new place in the log: the newest page, or one around a time. */
  reset(page: LogPage, isFollowing: boolean): void {
    this.#clear()
    for (const line of page.lines) this.#push(entryOf(line))
    this.#hasOlder = page.hasOlder
    this.#olderFrom = page.olderFrom
    this.#newerFrom = page.newerFrom
    this.#searchedFrom = page.searchedFrom
    this.#searchedTo = page.searchedTo
    this.#isDetached = page.hasNewer
    this.#isInterrupted = false
    this.#generation++
    this.#isFollowing = isFollowing && !page.hasNewer
    this.#sinceCount = 0
    this.#seenTo = Math.max(page.cursor, page.lines.at(-1)?.id ?? 0)
    this.#changed()
  }

  /** Live lines, oldest first; `dropped`: how many were left out before them. Those already held are ignored. */
  receive(lines: readonly LogLine[], dropped: number): void {
    const fresh = lines.filter((line) => line.id > (this.#seenTo ?? 0))
    for (const line of fresh) this.#notice(line)
    this.#seenTo = fresh.at(-1)?.id ?? this.#seenTo
    if (!this.#isFollowing) this.#sinceCount += fresh.length + dropped
    // Left out of the stream, but stored: a detached window will load them with the others.
    if (dropped > 0 && !this.#isDetached) this.#addGap('slow-reader', dropped, fresh[0]?.receivedAt)
    for (const line of fresh) this.#append(line)
    this.#changed()
  }

  /** The page of lines before the first one. */
  prepend(page: LogPage): void {
    const first = this.#edgeId(0, 1) ?? Infinity
    for (const line of page.lines.filter(({ id }) => id < first).toReversed()) {
      const dropped = this.#ring.unshift(entryOf(line))
      this.#notice(line)
      this.#lineCount++
      if (dropped) this.#uncount(dropped)
      // The end had to go: what is live no longer follows on it.
      if (dropped) this.#detach()
    }
    this.#hasOlder = page.hasOlder
    this.#olderFrom = page.olderFrom
    this.#searchedFrom = page.searchedFrom
    if (this.#isDetached) this.#isFollowing = false
    this.#changed()
  }

  /** The page of lines after the last one, for a detached window. */
  extend(page: LogPage): void {
    const last = this.#lastId ?? 0
    for (const line of page.lines) if (line.id > last) this.#push(entryOf(line))
    this.#newerFrom = page.newerFrom
    this.#searchedTo = page.searchedTo
    if (!page.hasNewer) this.#attach(page.cursor)
    this.#changed()
  }

  /** Lines were missed and will not be sent again; until `resync` brings the newest page, live ones are kept aside. */
  interrupt(): void {
    if (this.#isDetached) return
    this.#detach()
    this.#isInterrupted = true
    this.#changed()
  }

  /** The newest page after an interruption; says so where lines are missing. */
  resync(page: LogPage): void {
    this.#seenTo = Math.max(this.#seenTo ?? 0, page.cursor)
    if (!this.#isInterrupted) return
    this.#isInterrupted = false
    const last = this.#lastId
    const fresh = page.lines.filter((line) => line.id > (last ?? 0))
    if (last !== null && fresh.length === page.lines.length && page.hasOlder)
      this.#addGap('away', null, fresh[0]?.receivedAt)
    if (!this.#isFollowing) this.#sinceCount += fresh.length
    for (const line of fresh) this.#push(entryOf(line))
    this.#attach(page.cursor)
    this.#changed()
  }

  setFollowing(isFollowing: boolean): void {
    if (this.#isFollowing === isFollowing || (isFollowing && this.#isDetached)) return
    this.#isFollowing = isFollowing
    this.#sinceCount = 0
    this.#changed()
  }

  #changed(): void {
    this.#version++
    for (const listener of this.#listeners) listener()
  }

  #clear(): void {
    this.#ring.clear()
    this.#aside.clear()
    this.#lineCount = 0
    this.#services = new Set()
  }

  #detach(): void {
    this.#isDetached = true
    this.#newerFrom = null
    this.#searchedTo = null
  }

  #notice(line: LogLine): void {
    const { service, deviceUuid, deviceName } = line
    if (service !== null && !this.#services.has(service))
      this.#services = new Set([...this.#services, service])
    if (this.#devices.get(deviceUuid) !== deviceName)
      this.#devices = new Map([...this.#devices, [deviceUuid, deviceName]])
  }

  #uncount(entry: LogEntry): void {
    if (entry.kind === 'line') this.#lineCount--
  }

  #push(entry: LogEntry): void {
    const dropped = this.#ring.push(entry)
    if (entry.kind === 'line') {
      this.#notice(entry.line)
      this.#lineCount++
    }
    if (!dropped) return
    this.#uncount(dropped)
    this.#hasOlder = true
    this.#olderFrom = null
    this.#searchedFrom = null
  }

  #append(line: LogLine): void {
    // Somebody reads and the window is full: from here on it is loaded on request.
    if (!this.#isFollowing && this.#ring.isFull && !this.#isDetached) this.#detach()
    if (this.#isDetached) this.#aside.push(line)
    else this.#push(entryOf(line))
  }

  /** Puts the lines kept aside behind the window, if none between is missing. `coveredTo`: everything up to it is held. */
  #attach(coveredTo: number): void {
    const last = this.#lastId ?? 0
    const first = this.#aside.at(0)
    if (this.#aside.isFull && first && first.id > coveredTo) return
    this.#isDetached = false
    for (const line of this.#aside) if (line.id > last) this.#push(entryOf(line))
    this.#aside.clear()
  }

  #addGap(cause: LogGap['cause'], count: number | null, at: string | undefined): void {
    const last = this.#ring.at(-1)
    if (last?.kind === 'gap') {
      const sum = last.count === null || count === null ? null : last.count + count
      this.#ring.replaceLast({ ...last, count: sum, cause })
    } else {
      const moment = at ?? (last ? last.line.receivedAt : new Date().toISOString())
      this.#push({ kind: 'gap', key: (last?.key ?? 0) + 0.5, count, cause, at: moment })
    }
  }

  /** Id of the nearest line from an end, past a gap. */
  #edgeId(start: number, step: 1 | -1): number | null {
    for (let index = start; index >= 0 && index < this.#ring.length; index += step) {
      const entry = this.#ring.at(index)
      if (entry?.kind === 'line') return entry.line.id
    }
    return null
  }
}
