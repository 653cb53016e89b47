import { useEffect, useEffectEvent } from 'react'
import type { TopicKind } from '#contract/events'
import type { TopicOf, WatchHandlers } from './live-client'
import { useLiveClient } from './live-context'

/**
 * Watches a topic while the component is on screen. The topic is compared by its content, so an inline object is fine;
 * null watches nothing.
 */
export function useLiveTopic<K extends TopicKind>(
  topic: TopicOf<K> | null,
  handlers: WatchHandlers<K>,
): void {
  const client = useLiveClient()
  const since = useEffectEvent(() => handlers.since())
  const onPatch = useEffectEvent((patch: Parameters<typeof handlers.onPatch>[0]) => handlers.onPatch(patch))
  const onResync = useEffectEvent(() => handlers.onResync())
  const onRefused = useEffectEvent((problem: Parameters<NonNullable<typeof handlers.onRefused>>[0]) =>
    handlers.onRefused?.(problem),
  )
  const key = topic === null ? null : JSON.stringify(topic)
  useEffect(() => {
    if (key === null) return
    return client.watch<K>(JSON.parse(key) as TopicOf<K>, {
      since: () => since(),
      onPatch: (patch) => onPatch(patch),
      onResync: () => onResync(),
      onRefused: (problem) => onRefused(problem),
    })
  }, [client, key])
}
