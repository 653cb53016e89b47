import type { Topic } from '#contract/events'
import type { AnyState, HubPatch, Subscriber, Viewer } from './hub-providers.ts'
import type { SharedChanges } from './shared-changes.ts'

/** Topics that the same changes concern, by the example of one of them. */
export type Scope = {
  topic: Topic
  viewer: Viewer
  provider: AnyState
  changes: SharedChanges
  watches: Set<Watch>
}
/** A topic that somebody watches. */
export type Watch = {
  topic: Topic
  viewer: Viewer
  provider: AnyState
  scope: Scope
  subscribers: Set<Subscriber>
  needResync: Set<Subscriber>
  /** In the changes of the scope: where the next patch begins. */
  position: number
  sentRevision: number
  builtAtMs: number
  /** How long after `builtAtMs` the next patch is due at the earliest. */
  waitMs: number
}

/** However dear a topic is, its pages hear of changes this often. */
const MAX_INTERVAL_MS = 5_000

/** How long a topic that took `tookMs` to build waits for its next patch. */
export const waitAfter = ({ minIntervalMs, maxShare }: AnyState, tookMs: number): number =>
  maxShare >= 1 ? minIntervalMs : Math.max(minIntervalMs, Math.min(MAX_INTERVAL_MS, tookMs / maxShare))

/** To all that can take it; the others will fetch again. */
export function sendPatch(watch: Watch, patch: HubPatch): void {
  for (const subscriber of watch.subscribers) {
    if (watch.needResync.has(subscriber)) continue
    if (subscriber.isReady()) subscriber.send(patch)
    else watch.needResync.add(subscriber)
  }
}

/** Whoever watches is told to fetch again, once it can take that. */
export function fetchAgain(watch: Watch): void {
  for (const subscriber of watch.subscribers) watch.needResync.add(subscriber)
}

/** So much waits, as the store does not answer, that it is no longer kept. */
export function giveUp({ changes, watches }: Scope): void {
  for (const watch of watches) {
    watch.position = changes.end
    fetchAgain(watch)
  }
  changes.forget(changes.end)
}

/** Tells those that need it to fetch again, as soon as they can take that; `cursor`: the least that they will hold then. */
export function resyncReady(watch: Watch, cursor: number): void {
  for (const subscriber of watch.needResync) {
    if (!subscriber.isReady()) continue
    watch.needResync.delete(subscriber)
    watch.sentRevision = Math.min(watch.sentRevision, cursor)
    subscriber.resync()
  }
}
