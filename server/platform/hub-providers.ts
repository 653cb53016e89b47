import type { Topic, TopicData, TopicKind } from '#contract/events'
import type { FleetScope } from '#contract/role'
import type { Change } from './changes.ts'

export type TopicOf<K extends TopicKind> = Extract<Topic, { kind: K }>

/** Who watches: nothing of fleets that are not within may be told. */
export type Viewer = { readonly userId: number; readonly within: FleetScope }

/** A topic of which a patch is due, with what changed since its last one; topics of one scope share the very array. */
export type DueTopic<T> = { topic: T; changes: readonly Change[]; viewer: Viewer }

/** How a module shows a topic whose patches are the latest state of what changed. */
export type StateProvider<K extends TopicKind> = {
  kind: K
  /** Whether this change can concern the topic at all; cheap, no I/O. */
  concerns: (topic: TopicOf<K>, change: Change, viewer: Viewer) => boolean
  /**
   * Names what `concerns` looks at. Topics with the same scope are concerned by the same changes, so each change is
   * looked at once for all of them; absent: every topic is a scope of its own.
   */
  scopeOf?: (topic: TopicOf<K>) => string
  /**
   * The patch for these changes, read from the store now; null when nothing is to be said. `tick` is shared by all
   * topics of one tick, so that several windows read a device once.
   */
  build: (
    topic: TopicOf<K>,
    changes: readonly Change[],
    tick: Map<string, unknown>,
    viewer: Viewer,
  ) => Promise<TopicData[K] | null>
  /** Reads once a tick, into `tick`, what all these topics will be built from. */
  prepare?: (due: readonly DueTopic<TopicOf<K>>[], tick: Map<string, unknown>) => Promise<void>
  /** Built for each person that watches, whose `userId` counts then; other topics are the same for everybody. */
  isPersonal?: boolean
  /** Built for each set of fleets that people who watch may see. Other topics are of a fleet that was checked before. */
  spansFleets?: boolean
  /** Patches at most this often, for topics that are dear to compute. */
  minIntervalMs?: number
  /**
   * At most this share of the time goes into building the topic, 0 to 1: the slower the store answers, the rarer its
   * patches, down to one in five seconds. Absent: built however dear it is.
   */
  maxShare?: number
}

/** How a module shows a topic that is a stream (logs): each reader has its own bounded backlog. */
export type StreamProvider<K extends TopicKind> = {
  kind: K
  /** Throws at once when the topic cannot be served. What changes from here on is pushed, also while not ready yet. */
  open: (topic: TopicOf<K>, since: number | null, viewer: Viewer) => TopicStream<TopicData[K]>
}
export type TopicStream<D> = {
  /** Settles when what was missed since the reader's last line is read; until then nothing is taken. */
  ready: Promise<{ cursor: number; isResync: boolean }>
  push: (change: Change) => void
  /** The next patch with the ids it spans, or null when nothing waits. */
  take: () => { from: number; to: number; data: D } | null
}

export type HubPatch = { kind: TopicKind; from: number; to: number; data: unknown }
export type Subscriber = Viewer & {
  /** False when the reader cannot take more now: state patches become a resync. */
  isReady: () => boolean
  /** Whether the connection took all that was sent: streams wait for it, so that what waits stays in their bounds. */
  isDrained: () => boolean
  send: (patch: HubPatch) => void
  resync: () => void
}

/** A provider without the kind of its topics; the hub gives it topics of its own kind only. */
export type AnyState = {
  kind: TopicKind
  concerns: (topic: Topic, change: Change, viewer: Viewer) => boolean
  scopeOf: (topic: Topic) => string
  build: (
    topic: Topic,
    changes: readonly Change[],
    tick: Map<string, unknown>,
    viewer: Viewer,
  ) => Promise<unknown>
  prepare: ((due: readonly DueTopic<Topic>[], tick: Map<string, unknown>) => Promise<void>) | null
  isPersonal: boolean
  spansFleets: boolean
  minIntervalMs: number
  maxShare: number
}

export const ofAnyTopic = <K extends TopicKind>(provider: StateProvider<K>): AnyState => ({
  kind: provider.kind,
  concerns: (topic, ...rest) => provider.concerns(topic as TopicOf<K>, ...rest),
  scopeOf: (topic) => provider.scopeOf?.(topic as TopicOf<K>) ?? JSON.stringify(topic),
  build: (topic, ...rest) => provider.build(topic as TopicOf<K>, ...rest),
  prepare: provider.prepare
    ? (due, tick) => provider.prepare?.(due as DueTopic<TopicOf<K>>[], tick) ?? Promise.resolve()
    : null,
  isPersonal: provider.isPersonal ?? false,
  spansFleets: provider.spansFleets ?? false,
  minIntervalMs: provider.minIntervalMs ?? 0,
  maxShare: provider.maxShare ?? 1,
})

export type AnyStream = {
  kind: TopicKind
  open: (topic: Topic, since: number | null, viewer: Viewer) => TopicStream<unknown>
}

export const streamOfAnyTopic = <K extends TopicKind>(provider: StreamProvider<K>): AnyStream => ({
  kind: provider.kind,
  open: (topic, ...rest) => provider.open(topic as TopicOf<K>, ...rest),
})
