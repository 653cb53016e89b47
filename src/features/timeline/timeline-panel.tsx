import { useInfiniteQuery } from '@tanstack/react-query'
import { useEffect } from 'react'
import { Link } from 'react-router'
import { z } from 'zod'
import { eventKinds, type DeviceEvent, type EventKind } from '#contract/device'
import { commaList } from '#contract/query'
import { useSearchState } from '@/lib/search-state'
import { Button } from '@/ui/button'
import { FilterMenu } from '@/ui/filter-menu'
import { Panel } from '@/ui/panel'
import { EmptyState, ErrorState, LoadingState } from '@/ui/states'
import { EventRows } from './event-rows'
import { eventWords } from './event-words'
import { foldRepeats, mergeEvents, timelineQueries } from './timeline.queries'

const search = z.object({ event: commaList(z.enum(eventKinds)) })
const MAX_PAGES_LOOKED_AT = 5
const kindOrder = Object.keys(eventWords) as EventKind[]

function useTimeline(uuid: string, fresh: readonly DeviceEvent[], kinds: readonly EventKind[]) {
  const query = useInfiniteQuery(timelineQueries.ofDevice(uuid, kinds))
  const fetched = query.data?.pages.flatMap((page) => page.rows) ?? []
  return { query, events: mergeEvents(fetched, fresh, kinds) }
}

type TimelineProps = {
  uuid: string
  /** Events that came by the live connection since the page was opened. */
  fresh: readonly DeviceEvent[]
}

/** The last few events, with the way to all of them. */
export function LastEventsPanel({ uuid, fresh, count }: TimelineProps & { count: number }) {
  const { query, events } = useTimeline(uuid, fresh, [])
  const rows = foldRepeats(events).slice(0, count)
  const { hasNextPage, isFetching, fetchNextPage } = query
  // A crash loop fills whole pages with one line; what was before it is looked for, but not for ever.
  const isTooFew = rows.length < count && hasNextPage && (query.data?.pages.length ?? 0) < MAX_PAGES_LOOKED_AT
  useEffect(() => {
    if (isTooFew && !isFetching) void fetchNextPage()
  }, [isTooFew, isFetching, fetchNextPage])
  return (
    <Panel
      title="Last events"
      isFlush
      actions={
        <Link to={`/devices/${uuid}/events`} className="text-accent-ink text-[13px] hover:underline">
          All events
        </Link>
      }
    >
      {query.data === undefined ? (
        query.isError ? (
          <ErrorState error={query.error} onRetry={() => void query.refetch()} />
        ) : (
          <LoadingState what="events" />
        )
      ) : events.length === 0 ? (
        <p className="text-ink-muted p-4">Nothing has happened to it yet.</p>
      ) : (
        <EventRows rows={rows} />
      )}
    </Panel>
  )
}

/** Everything that happened to a device, newest first, by kind. */
export function TimelinePanel({ uuid, fresh }: TimelineProps) {
  const [{ event: kinds }, update] = useSearchState(search)
  const { query, events } = useTimeline(uuid, fresh, kinds)
  const clear = () => update({ event: [] })
  return (
    <Panel
      title="Events"
      hint="Newest first; new ones appear by themselves."
      isFlush
      actions={
        <FilterMenu
          label="Kind"
          options={kindOrder.map((kind) => ({ value: kind, label: eventWords[kind].label }))}
          selected={kinds}
          onChange={(next) => update({ event: kindOrder.filter((kind) => next.includes(kind)) })}
        />
      }
    >
      {query.data === undefined ? (
        query.isError ? (
          <ErrorState error={query.error} onRetry={() => void query.refetch()} />
        ) : (
          <LoadingState what="events" />
        )
      ) : events.length === 0 ? (
        <EmptyState
          title={kinds.length === 0 ? 'Nothing has happened to it yet' : 'No event of this kind'}
          action={kinds.length === 0 ? undefined : <Button onClick={clear}>Show all kinds</Button>}
        >
          Connectivity, updates, reboots, restarts and what people did to the device are noted here.
        </EmptyState>
      ) : (
        <>
          <EventRows rows={foldRepeats(events)} />
          <div className="border-line flex justify-center border-t p-3">
            {query.hasNextPage ? (
              <Button isPending={query.isFetchingNextPage} onClick={() => void query.fetchNextPage()}>
                Load older events
              </Button>
            ) : (
              <p className="text-ink-muted text-[13px]">These are all that are kept.</p>
            )}
          </div>
        </>
      )}
    </Panel>
  )
}
