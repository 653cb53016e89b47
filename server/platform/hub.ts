import { COALESCE_MS, type Topic, type TopicKind } from '#contract/events'
import type { Change } from './changes.ts'
import {
  ofAnyTopic,
  streamOfAnyTopic,
  type AnyState,
  type AnyStream,
  type DueTopic,
  type StateProvider,
  type StreamProvider,
  type Subscriber,
  type TopicStream,
  type Viewer,
} from './hub-providers.ts'
import { fetchAgain, giveUp, resyncReady, sendPatch, waitAfter, type Scope, type Watch } from './hub-watch.ts'
import { Journal } from './journal.ts'
import { SharedChanges } from './shared-changes.ts'

/** Most changes the journal remembers for replay after a reconnect. */
const JOURNAL_LENGTH = 20_000
/** Rounds of catching up with a topic that changes while it is read; after that the page fetches again. */
const REPLAY_ATTEMPTS = 3
/** Most changes that wait for a topic whose patches cannot be built; beyond that its pages fetch again. */
const MAX_WAITING = 200_000

type Reader = { subscriber: Subscriber; topic: Topic; stream: TopicStream<unknown>; isOpen: boolean }
/** Nobody in particular, who may see everything: those for whom a topic is the same share one watch. */
const NOBODY = 0
const viewerOf = ({ isPersonal, spansFleets }: AnyState, { userId, within }: Subscriber): Viewer => ({
  userId: isPersonal ? userId : NOBODY,
  within: spansFleets ? within : 'all',
})

/** A watch whose patch is due, with the changes that go into it. */
type DueWatch = DueTopic<Topic> & { watch: Watch }

/**
 * The live side of the gateway: who watches what, and what changed since. It keeps no rows: on each tick a watched topic
 * is built once from the store, however many browsers watch it (docs/decisions/0001).
 */
export class Hub {
  readonly #states = new Map<TopicKind, AnyState>()
  readonly #streams = new Map<TopicKind, AnyStream>()
  readonly #watches = new Map<string, Watch>()
  readonly #scopes = new Map<string, Scope>()
  readonly #readers = new Set<Reader>()
  readonly #journal: Journal
  readonly #nowMs: () => number
  readonly #overlap: number
  readonly #beforeStream: () => Promise<void>
  readonly #onError: (error: unknown, topic: Topic) => void
  #timer: NodeJS.Timeout | null = null
  #ticking: Promise<void> | null = null

  constructor(options: {
    nowMs: () => number
    onError: (error: unknown, topic: Topic) => void
    /**
     * Where a page may fetch from one gateway and watch at another: by how much their clocks and their news of each other
     * may differ. So much is sent twice rather than never. Absent: nobody else shares the store.
     */
    overlapMs?: number
    /** Awaited before a stream is opened: from then on what other gateways store is pushed too. */
    beforeStream?: () => Promise<void>
  }) {
    this.#nowMs = options.nowMs
    this.#overlap = (options.overlapMs ?? 0) * 1000
    this.#beforeStream = options.beforeStream ?? (() => Promise.resolve())
    this.#onError = options.onError
    this.#journal = new Journal(options.nowMs)
  }

  /** The revision a snapshot must carry: read it *before* reading the rows. */
  get cursor(): number {
    return this.#journal.end - this.#overlap
  }

  get watched(): number {
    return this.#watches.size + this.#readers.size
  }

  /** What pages watch here, streams included. */
  get topics(): readonly Topic[] {
    return [
      ...[...this.#watches.values()].map(({ topic }) => topic),
      ...[...this.#readers].map(({ topic }) => topic),
    ]
  }

  /** Whether somebody reads a stream here. */
  get hasReaders(): boolean {
    return this.#readers.size > 0
  }

  provide<K extends TopicKind>(provider: StateProvider<K>): void {
    this.#states.set(provider.kind, ofAnyTopic(provider))
  }

  provideStream<K extends TopicKind>(provider: StreamProvider<K>): void {
    this.#streams.set(provider.kind, streamOfAnyTopic(provider))
  }

  /** Whether patches of this kind are a stream, which waits until the reader took what was sent. */
  isStream(kind: TopicKind): boolean {
    return this.#streams.has(kind)
  }

  start(): void {
    this.#timer = setInterval(() => void this.tick(), COALESCE_MS)
  }

  async stop(): Promise<void> {
    if (this.#timer) clearInterval(this.#timer)
    await this.#ticking
  }

  /** Listener for `Changes`: notes what changed; nothing is read until the next tick. */
  note(changes: readonly Change[]): void {
    for (const change of changes) {
      if (change.kind === 'log') {
        for (const reader of this.#readers) reader.stream.push(change)
        continue
      }
      this.#journal.push(change)
      for (const scope of this.#scopes.values()) {
        if (!scope.provider.concerns(scope.topic, change, scope.viewer)) continue
        scope.changes.push(change)
        if (scope.changes.end - scope.changes.start > MAX_WAITING) giveUp(scope)
      }
    }
    if (this.#journal.length > 1.25 * JOURNAL_LENGTH) this.#journal.keep(JOURNAL_LENGTH)
  }

  /** What others stored may have been missed: every page that watches something fetches it again. */
  resync(): void {
    this.#journal.forgetAll()
    for (const watch of this.#watches.values()) fetchAgain(watch)
  }

  /** What others stored may be missing from streams: their readers fetch the newest again. */
  resyncStreams(): void {
    for (const { subscriber } of this.#readers) subscriber.resync()
  }

  /**
   * Starts to watch. `since` null: patches follow from `cursor`. Otherwise what changed since is sent at once, or
   * `isResync` says that the journal does not reach back so far.
   */
  async subscribe(
    topic: Topic,
    since: number | null,
    subscriber: Subscriber,
  ): Promise<{ cursor: number; isResync: boolean; stop: () => void }> {
    const stream = this.#streams.get(topic.kind)
    if (stream) return this.#openStream(stream, topic, since, subscriber)
    const provider = this.#states.get(topic.kind)
    if (!provider) throw new Error(`no module provides the topic ${topic.kind}`)
    if (since === null) return this.#join(provider, topic, subscriber, this.cursor, false)
    return this.#replay(provider, topic, since, subscriber)
  }

  /** From here on the subscriber gets every patch; it holds everything up to `held`. */
  #join(provider: AnyState, topic: Topic, subscriber: Subscriber, held: number, isResync: boolean) {
    const viewer = viewerOf(provider, subscriber)
    const key = JSON.stringify([topic, viewer])
    const watch = this.#watches.get(key) ?? this.#openWatch(key, provider, topic, viewer)
    watch.subscribers.add(subscriber)
    // Nothing of this topic changed after `held` that is not waiting here, so the next patch follows on it too; and on what
    // is fetched from now on.
    watch.sentRevision = Math.min(watch.sentRevision, isResync ? this.cursor : held)
    const stop = () => {
      watch.subscribers.delete(subscriber)
      watch.needResync.delete(subscriber)
      if (watch.subscribers.size === 0 && this.#watches.get(key) === watch) this.#closeWatch(key, watch)
    }
    return { cursor: this.cursor, isResync, stop }
  }

  #scopeKey(provider: AnyState, topic: Topic, viewer: Viewer): string {
    return JSON.stringify([provider.kind, provider.scopeOf(topic), viewer])
  }

  #openWatch(key: string, provider: AnyState, topic: Topic, viewer: Viewer): Watch {
    const scopeKey = this.#scopeKey(provider, topic, viewer)
    const scope: Scope = this.#scopes.get(scopeKey) ?? {
      topic,
      viewer,
      provider,
      changes: new SharedChanges(),
      watches: new Set(),
    }
    this.#scopes.set(scopeKey, scope)
    const watch: Watch = {
      topic,
      viewer,
      provider,
      scope,
      subscribers: new Set(),
      needResync: new Set(),
      position: scope.changes.end,
      sentRevision: this.cursor,
      builtAtMs: 0,
      waitMs: provider.minIntervalMs,
    }
    scope.watches.add(watch)
    this.#watches.set(key, watch)
    return watch
  }

  #closeWatch(key: string, watch: Watch): void {
    const { scope } = watch
    this.#watches.delete(key)
    scope.watches.delete(watch)
    if (scope.watches.size === 0)
      this.#scopes.delete(this.#scopeKey(scope.provider, scope.topic, scope.viewer))
  }

  async #openStream(provider: AnyStream, topic: Topic, since: number | null, subscriber: Subscriber) {
    await this.#beforeStream()
    const stream = provider.open(topic, since, subscriber)
    const reader = { subscriber, topic, stream, isOpen: false }
    const stop = () => void this.#readers.delete(reader)
    // Before anything is awaited: a line stored while the missed ones are read must not fall between the two.
    this.#readers.add(reader)
    try {
      const { cursor, isResync } = await stream.ready
      reader.isOpen = true
      return { cursor, isResync, stop }
    } catch (error) {
      stop()
      throw error
    }
  }

  /** Sends what changed since, and what changes while that is read; then the subscriber joins. */
  async #replay(provider: AnyState, topic: Topic, since: number, subscriber: Subscriber) {
    const viewer = viewerOf(provider, subscriber)
    let held = since
    // What another gateway had not heard of yet when it gave out `since` counts as missed.
    let seen = since - this.#overlap
    for (let attempt = 0; attempt < REPLAY_ATTEMPTS; attempt++) {
      if (seen < this.#journal.start || held > this.#journal.end + this.#overlap) break
      this.#journal.raise(held)
      const missed = this.#journal.from(seen).filter((change) => provider.concerns(topic, change, viewer))
      // At once: what changes after this look must find the subscriber joined.
      if (missed.length === 0) return this.#join(provider, topic, subscriber, held, false)
      seen = this.#journal.end
      try {
        const data = await provider.build(topic, missed, new Map(), viewer)
        if (data === null) continue
        subscriber.send({ kind: topic.kind, from: held, to: seen, data })
        held = seen
      } catch (error) {
        this.#onError(error, topic)
        break
      }
    }
    return this.#join(provider, topic, subscriber, held, true)
  }

  /** Builds and sends what is due. Runs every 200 ms; a tick never overlaps the one before. */
  tick(): Promise<void> {
    this.#ticking ??= this.#runTick().finally(() => (this.#ticking = null))
    return this.#ticking
  }

  async #runTick(): Promise<void> {
    for (const reader of this.#readers) {
      if (!reader.isOpen || !reader.subscriber.isDrained()) continue
      const next = reader.stream.take()
      if (next) reader.subscriber.send({ kind: reader.topic.kind, ...next })
    }
    const shared = new Map<string, unknown>()
    const to = this.#journal.end
    const due = this.#takeDue()
    await this.#prepare(due, shared)
    for (const one of due) await this.#buildWatch(one, to, shared)
  }

  /** The watches that have waited long enough, with what changed; what changes from here on is of the next tick. */
  #takeDue(): DueWatch[] {
    const nowMs = this.#nowMs()
    const due: DueWatch[] = []
    for (const { changes, watches } of this.#scopes.values()) {
      let first = changes.end
      for (const watch of watches) {
        resyncReady(watch, this.cursor)
        // Absolute: a clock that was set back must not silence a topic until it has caught up.
        const sinceBuiltMs = Math.abs(nowMs - watch.builtAtMs)
        if (watch.position < changes.end && sinceBuiltMs >= watch.waitMs) {
          due.push({ watch, topic: watch.topic, viewer: watch.viewer, changes: changes.from(watch.position) })
          watch.position = changes.end
          watch.builtAtMs = nowMs
        }
        first = Math.min(first, watch.position)
      }
      changes.forget(first)
    }
    return due
  }

  async #prepare(due: readonly DueWatch[], shared: Map<string, unknown>): Promise<void> {
    for (const provider of new Set(due.map(({ watch }) => watch.provider))) {
      if (!provider.prepare) continue
      const own = due.filter(({ watch }) => watch.provider === provider)
      try {
        await provider.prepare(own, shared)
      } catch (error) {
        // Each topic reads for itself then, and fails for itself.
        if (own[0]) this.#onError(error, own[0].topic)
      }
    }
  }

  async #buildWatch({ watch, changes }: DueWatch, to: number, shared: Map<string, unknown>): Promise<void> {
    const startMs = performance.now()
    try {
      const data = await watch.provider.build(watch.topic, changes, shared, watch.viewer)
      if (data === null) return
      sendPatch(watch, { kind: watch.topic.kind, from: watch.sentRevision, to, data })
      watch.sentRevision = to
    } catch (error) {
      // What could not be read now must not be lost: whoever watches fetches again.
      this.#onError(error, watch.topic)
      fetchAgain(watch)
    } finally {
      watch.waitMs = waitAfter(watch.provider, performance.now() - startMs)
    }
  }
}
