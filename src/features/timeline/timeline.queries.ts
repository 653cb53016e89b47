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

/** One line of a timeline: an event, or the same thing several times in a row. `event` is the latest of them. */
export type TimelineRow = { event: DeviceEvent; count: number; since: string }

const isSame = (a: DeviceEvent, b: DeviceEvent) =>
  a.kind === b.kind && a.summary === b.summary && a.actor === b.actor && a.severity === b.severity

/** What repeats without anything between is told once with its count, so that a crash loop hides nothing else. */
export function foldRepeats(events: readonly DeviceEvent[]): TimelineRow[] {
  const rows: TimelineRow[] = []
  for (const event of events) {
    const last = rows.at(-1)
    if (last && isSame(last.event, event)) {
      last.count++
      last.since = event.at
    } else rows.push({ event, count: 1, since: event.at })
  }
  return rows
}

/** Rows by the day they happened on, in the viewer's time zone, in the order given. */
export function groupByDay(rows: readonly TimelineRow[]): { day: string; rows: TimelineRow[] }[] {
  const groups: { day: string; rows: TimelineRow[] }[] = []
  for (const row of rows) {
    const day = new Date(row.event.at).toDateString()
    const last = groups.at(-1)
    if (last?.day === day) last.rows.push(row)
    else groups.push({ day, rows: [row] })
  }
  return groups
}
