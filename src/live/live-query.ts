import {
  hashKey,
  keepPreviousData,
  queryOptions,
  type QueryClient,
  type QueryKey,
} from '@tanstack/react-query'
import type { TopicData, TopicKind } from '#contract/events'
import type { LivePatch, TopicOf } from './live-client'

/** Patches remembered for a snapshot that is under way; at one per 200 ms this is more than 20 s. */
const TAIL_LENGTH = 128
/** And for one that may begin: it is at most a little older than what is held. More would only fill the page's memory. */
const RESTING_LENGTH = 16
/** A snapshot older than a patch already seen is fetched again, but not for ever. */
const MAX_ATTEMPTS = 3

type Snapshot = { cursor: number }
export type LiveQuerySpec<K extends TopicKind, S extends Snapshot> = {
  topic: TopicOf<K>
  queryKey: QueryKey
  fetch: (signal: AbortSignal) => Promise<S>
  /** Pure: the snapshot with the patch's data in it. The cursor is kept by the caller. */
  apply: (snapshot: S, data: TopicData[K]) => S
  /** For snapshots of very many items: `apply` keeps what did not change, so no deep comparison is needed after it. */
  isLarge?: boolean
  /** For a page of a list: the page before stays until this one is there, and is forgotten when out of sight. */
  isPage?: boolean
}
export type LiveQuery<K extends TopicKind, S extends Snapshot> = ReturnType<typeof liveQuery<K, S>>

const tails = new WeakMap<QueryClient, Map<string, LivePatch<TopicKind>[]>>()

function tailOf(client: QueryClient, queryKey: QueryKey): LivePatch<TopicKind>[] {
  const all = tails.get(client) ?? new Map<string, LivePatch<TopicKind>[]>()
  tails.set(client, all)
  const key = hashKey(queryKey)
  const tail = all.get(key) ?? []
  all.set(key, tail)
  return tail
}

/**
 * One thing of the gateway's, fetched as a snapshot and kept fresh by the patches of a topic. A patch that lands while a
 * snapshot is under way is replayed onto it; an old one is ignored; a missed one makes the page fetch again.
 */
export function liveQuery<K extends TopicKind, S extends Snapshot>(spec: LiveQuerySpec<K, S>) {
  const advance = (snapshot: S, patch: LivePatch<K>): S =>
    patch.from <= snapshot.cursor && snapshot.cursor < patch.to
      ? { ...spec.apply(snapshot, patch.data), cursor: patch.to }
      : snapshot

  // The key names the topic; `advance` follows from the spec and never changes for a key.
  // eslint-disable-next-line @tanstack/query/exhaustive-deps
  const options = queryOptions<S, Error, S>({
    queryKey: spec.queryKey,
    queryFn: async ({ client, signal }) => {
      const tail = tailOf(client, spec.queryKey) as LivePatch<K>[]
      for (let attempt = 1; ; attempt++) {
        const snapshot = tail.reduce(advance, await spec.fetch(signal))
        const hasGap = tail.some((patch) => patch.from > snapshot.cursor)
        if (!hasGap || attempt === MAX_ATTEMPTS) return snapshot
      }
    },
    staleTime: Infinity,
    ...(spec.isLarge === true ? { structuralSharing: false } : {}),
    ...(spec.isPage === true ? { placeholderData: keepPreviousData, gcTime: 0 } : {}),
  })

  const refetch = (client: QueryClient, isFromScratch: boolean) =>
    void client.invalidateQueries({ queryKey: spec.queryKey, exact: true }, { cancelRefetch: isFromScratch })

  return {
    topic: spec.topic,
    options,
    /** The revision held in the cache, or null. */
    held: (client: QueryClient): number | null => client.getQueryData<S>(spec.queryKey)?.cursor ?? null,
    receive(client: QueryClient, patch: LivePatch<K>): void {
      const tail = tailOf(client, spec.queryKey)
      tail.push(patch)
      const isFetching = client.getQueryState(spec.queryKey)?.fetchStatus === 'fetching'
      const kept = isFetching ? TAIL_LENGTH : RESTING_LENGTH
      if (tail.length > kept) tail.splice(0, tail.length - kept)
      const current = client.getQueryData<S>(spec.queryKey)
      if (!current) return
      if (patch.from > current.cursor) refetch(client, false)
      else client.setQueryData<S>(spec.queryKey, advance(current, patch))
    },
    /** A fetch that is under way began too early: it starts again. */
    resync: (client: QueryClient): void => refetch(client, true),
  }
}
