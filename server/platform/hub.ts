import { COALESCE_MS, type Topic, type TopicKind } from '#contract/events'
import type { Change } from './changes.ts'
import type {
  DueTopic,
  HubPatch,
  StateProvider,
  StreamProvider,
  Subscriber,
  TopicOf,
  TopicStream,
} from './hub-providers.ts'
import { SharedChanges } from './shared-changes.ts'

/** Most changes the journal remembers for replay after a reconnect. */
const JOURNAL_LENGTH = 20_000
/** Rounds of catching up with a topic that changes while it is read; after that the page fetches again. */
const REPLAY_ATTEMPTS = 3

type AnyState = {
  kind: TopicKind
  concerns: (topic: Topic, change: Change, userId: number) => boolean
  scopeOf: (topic: Topic) => string
  build: (
    topic: Topic,
    changes: readonly Change[],
    tick: Map<string, unknown>,
    userId: number,
  ) => Promise<unknown>
  prepare: ((due: readonly DueTopic<Topic>[], tick: Map<string, unknown>) => Promise<void>) | null
  isPersonal: boolean
  minIntervalMs: number
}
type AnyStream = {
  kind: TopicKind
  open: (topic: Topic, since: number | null) => TopicStream<unknown>
}

type Reader = { subscriber: Subscriber; kind: TopicKind; stream: TopicStream<unknown>; isOpen: boolean }
/** Topics that the same changes concern, by the example of one of them. */
type Scope = { topic: Topic; userId: number; provider: AnyState; changes: SharedChanges; watches: Set<Watch> }
type Watch = {
  topic: Topic
  userId: number
  provider: AnyState
  scope: Scope
  subscribers: Set<Subscriber>
  needResync: Set<Subscriber>
  /** In the changes of the scope: where the next patch begins. */
  position: number
  sentRevision: number
  builtAtMs: number
}
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
  readonly #journal: { revision: number; change: Change }[] = []
  readonly #nowMs: () => number
  readonly #onError: (error: unknown, topic: Topic) => void
  #revision: number
  /** Everything up to here is in the journal or was before this process. */
  #journalStart: number
  #timer: NodeJS.Timeout | null = null
  #ticking: Promise<void> | null = null

  constructor(options: { nowMs: () => number; onError: (error: unknown, topic: Topic) => void }) {
    this.#nowMs = options.nowMs
    this.#onError = options.onError
    // Microseconds: far more than changes ever are, so a revision from before a restart is always smaller.
    this.#revision = options.nowMs() * 1000
    this.#journalStart = this.#revision
  }

  /** The revision a snapshot must carry: read it *before* reading the rows. */
  get cursor(): number {
    return this.#revision
  }

  get watched(): number {
    return this.#watches.size + this.#readers.size
  }

  provide<K extends TopicKind>(provider: StateProvider<K>): void {
    this.#states.set(provider.kind, {
      kind: provider.kind,
      concerns: (topic, ...rest) => provider.concerns(topic as TopicOf<K>, ...rest),
      scopeOf: (topic) => provider.scopeOf?.(topic as TopicOf<K>) ?? JSON.stringify(topic),
      build: (topic, ...rest) => provider.build(topic as TopicOf<K>, ...rest),
      prepare: provider.prepare
        ? (due, tick) => provider.prepare?.(due as DueTopic<TopicOf<K>>[], tick) ?? Promise.resolve()
        : null,
      isPersonal: provider.isPersonal ?? false,
      minIntervalMs: provider.minIntervalMs ?? 0,
    })
  }

  provideStream<K extends TopicKind>(provider: StreamProvider<K>): void {
    this.#streams.set(provider.kind, {
      kind: provider.kind,
      open: (topic, since) => provider.open(topic as TopicOf<K>, since),
    })
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
      this.#revision++
      this.#journal.push({ revision: this.#revision, change })
      for (const scope of this.#scopes.values()) {
        if (scope.provider.concerns(scope.topic, change, scope.userId)) scope.changes.push(change)
      }
    }
    const excess = this.#journal.length - JOURNAL_LENGTH
    if (excess > JOURNAL_LENGTH / 4) {
      this.#journalStart = this.#journal[excess - 1]?.revision ?? this.#journalStart
      this.#journal.splice(0, excess)
    }
  }

  /** What others stored may have been missed: every page that watches something fetches it again. */
  resync(): void {
    this.#journal.length = 0
    this.#journalStart = ++this.#revision
    for (const watch of this.#watches.values())
      for (const subscriber of watch.subscribers) watch.needResync.add(subscriber)
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
    if (since === null) return this.#join(provider, topic, subscriber, this.#revision, false)
    const replayed = await this.#replay(provider, topic, since, subscriber)
    return this.#join(provider, topic, subscriber, replayed.held, replayed.isResync)
  }

  /** From here on the subscriber gets every patch; it holds everything up to `held`. */
  #join(provider: AnyState, topic: Topic, subscriber: Subscriber, held: number, isResync: boolean) {
    const { userId } = subscriber
    const key = JSON.stringify(provider.isPersonal ? [topic, userId] : [topic])
    const watch = this.#watches.get(key) ?? this.#openWatch(key, provider, topic, userId)
    watch.subscribers.add(subscriber)
    // Nothing of this topic changed after `held` that is not waiting here, so the next patch follows on it too.
    if (!isResync) watch.sentRevision = Math.min(watch.sentRevision, held)
    const stop = () => {
      watch.subscribers.delete(subscriber)
      watch.needResync.delete(subscriber)
      if (watch.subscribers.size === 0 && this.#watches.get(key) === watch) this.#closeWatch(key, watch)
    }
    return { cursor: this.#revision, isResync, stop }
  }

  #scopeKey(provider: AnyState, topic: Topic, userId: number): string {
    return JSON.stringify([provider.kind, provider.scopeOf(topic), ...(provider.isPersonal ? [userId] : [])])
  }

  #openWatch(key: string, provider: AnyState, topic: Topic, userId: number): Watch {
    const scopeKey = this.#scopeKey(provider, topic, userId)
    const scope: Scope = this.#scopes.get(scopeKey) ?? {
      topic,
      userId,
      provider,
      changes: new SharedChanges(),
      watches: new Set(),
    }
    this.#scopes.set(scopeKey, scope)
    const watch: Watch = {
      topic,
      userId,
      provider,
      scope,
      subscribers: new Set(),
      needResync: new Set(),
      position: scope.changes.end,
      sentRevision: this.#revision,
      builtAtMs: 0,
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
      this.#scopes.delete(this.#scopeKey(scope.provider, scope.topic, scope.userId))
  }

  async #openStream(provider: AnyStream, topic: Topic, since: number | null, subscriber: Subscriber) {
    const stream = provider.open(topic, since)
    const reader = { subscriber, kind: topic.kind, stream, isOpen: false }
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

  /**
   * Sends what changed since, and what changes while that is read. `held`: what the subscriber holds afterwards;
   * `isResync`: it cannot be brought up to date by patches.
   */
  async #replay(
    provider: AnyState,
    topic: Topic,
    since: number,
    subscriber: Subscriber,
  ): Promise<{ held: number; isResync: boolean }> {
    let held = since
    let seen = since
    for (let attempt = 0; attempt < REPLAY_ATTEMPTS; attempt++) {
      if (seen < this.#journalStart || seen > this.#revision) break
      const from = seen
      const missed = this.#journal
        .filter((entry) => entry.revision > from && provider.concerns(topic, entry.change, subscriber.userId))
        .map((entry) => entry.change)
      if (missed.length === 0) return { held, isResync: false }
      seen = this.#revision
      try {
        const data = await provider.build(topic, missed, new Map(), subscriber.userId)
        if (data === null) continue
        subscriber.send({ kind: topic.kind, from: held, to: seen, data })
        held = seen
      } catch (error) {
        this.#onError(error, topic)
        break
      }
    }
    return { held, isResync: true }
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
      if (next) reader.subscriber.send({ kind: reader.kind, ...next })
    }
    const shared = new Map<string, unknown>()
    const to = this.#revision
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
        resyncReady(watch)
        // Absolute: a clock that was set back must not silence a topic until it has caught up.
        const sinceBuiltMs = Math.abs(nowMs - watch.builtAtMs)
        if (watch.position < changes.end && sinceBuiltMs >= watch.provider.minIntervalMs) {
          due.push({ watch, topic: watch.topic, changes: changes.from(watch.position) })
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
    try {
      const data = await watch.provider.build(watch.topic, changes, shared, watch.userId)
      if (data === null) return
      this.#send(watch, { kind: watch.topic.kind, from: watch.sentRevision, to, data })
      watch.sentRevision = to
    } catch (error) {
      // What could not be read now must not be lost: whoever watches fetches again.
      this.#onError(error, watch.topic)
      for (const subscriber of watch.subscribers) watch.needResync.add(subscriber)
    }
  }

  #send(watch: Watch, patch: HubPatch): void {
    for (const subscriber of watch.subscribers) {
      if (watch.needResync.has(subscriber)) continue
      if (subscriber.isReady()) subscriber.send(patch)
      else watch.needResync.add(subscriber)
    }
  }
}

/** Tells those that could not take a patch to fetch again, as soon as they can take that. */
function resyncReady(watch: Watch): void {
  for (const subscriber of watch.needResync) {
    if (!subscriber.isReady()) continue
    watch.needResync.delete(subscriber)
    subscriber.resync()
  }
}
