import { infiniteQueryOptions, keepPreviousData } from '@tanstack/react-query'
import type { DeviceEvent, EventKind } from '#contract/device'
import { callApi } from '@/lib/api'

const PAGE_SIZE = 50

export const timelineQueries = {
  /** What happened to a device, newest first; of these kinds only, if any are named. */
  ofDevice: (uuid: string, kind: readonly EventKind[]) =>
    infiniteQueryOptions({
      queryKey: ['timeline', uuid, kind],
      queryFn: ({ pageParam, signal }) =>
        callApi('listDeviceEvents', {
          params: { uuid },
          query: { kind: [...kind], limit: PAGE_SIZE, ...(pageParam === null ? {} : { after: pageParam }) },
          signal,
        }),
      initialPageParam: null as string | null,
      getNextPageParam: (page) => page.next,
      placeholderData: keepPreviousData,
    }),
}

/** What was fetched and what came live since, each event once, newest first. */
export function mergeEvents(
  fetched: readonly DeviceEvent[],
  fresh: readonly DeviceEvent[],
  kinds: readonly EventKind[],
): DeviceEvent[] {
  const byId = new Map([...fetched, ...fresh].map((event) => [event.id, event]))
  return [...byId.values()]
    .filter((event) => kinds.length === 0 || kinds.includes(event.kind))
    .sort((a, b) => b.id - a.id)
}

/** Events by the day they happened on, in the viewer's time zone, in the order given. */
export function groupByDay(events: readonly DeviceEvent[]): { day: string; events: DeviceEvent[] }[] {
  const groups: { day: string; events: DeviceEvent[] }[] = []
  for (const event of events) {
    const day = new Date(event.at).toDateString()
    const last = groups.at(-1)
    if (last?.day === day) last.events.push(event)
    else groups.push({ day, events: [event] })
  }
  return groups
}
