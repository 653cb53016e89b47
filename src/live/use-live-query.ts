import { useQuery, useQueryClient } from '@tanstack/react-query'
import type { TopicKind } from '#contract/events'
import type { LiveQuery } from './live-query'
import { useLiveTopic } from './use-live-topic'

/**
 * A query that stays fresh while the component is on screen: the snapshot over HTTP, then patches from the revision it
 * carries. The topic is watched only once there is a snapshot to patch.
 */
export function useLiveQuery<K extends TopicKind, S extends { cursor: number }>(live: LiveQuery<K, S>) {
  const client = useQueryClient()
  const query = useQuery(live.options)
  useLiveTopic<K>(query.data === undefined ? null : live.topic, {
    since: () => live.held(client),
    onPatch: (patch) => live.receive(client, patch),
    onResync: () => live.resync(client),
  })
  return query
}
