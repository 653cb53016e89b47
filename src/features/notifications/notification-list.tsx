import { useInfiniteQuery, useQueryClient } from '@tanstack/react-query'
import { BellOff, CheckCheck } from 'lucide-react'
import { useEffect, useRef } from 'react'
import { z } from 'zod'
import { notificationEvent, type NotificationEvent } from '#contract/notification'
import { commaList } from '#contract/query'
import { formatCount } from '@/lib/format'
import { useSearchState } from '@/lib/search-state'
import { Button } from '@/ui/button'
import { Checkbox } from '@/ui/checkbox'
import { FilterMenu } from '@/ui/filter-menu'
import { Panel } from '@/ui/panel'
import { ProblemNote } from '@/ui/problem-note'
import { QueryView } from '@/ui/query-view'
import { EmptyState } from '@/ui/states'
import { NotificationRow } from './notification-row'
import { notificationWords } from './notification-words'
import { useMarkSeen } from './notifications.mutations'
import { notificationKeys, notificationQueries } from './notifications.queries'
import { useInbox } from './use-inbox'

const search = z.object({
  event: commaList(notificationEvent),
  unread: z.stringbool().default(false),
})
const events = Object.keys(notificationWords) as NotificationEvent[]

/** Fetches the list again when the inbox, which the live connection keeps, changed. */
function useFreshList(): void {
  const client = useQueryClient()
  const { dataUpdatedAt } = useInbox()
  const before = useRef(dataUpdatedAt)
  useEffect(() => {
    if (before.current === dataUpdatedAt) return
    before.current = dataUpdatedAt
    void client.invalidateQueries({ queryKey: notificationKeys.lists })
  }, [client, dataUpdatedAt])
}

/** Notifications of the last 90 days, newest first, filtered by the URL. */
export function NotificationList() {
  const [{ event, unread }, update] = useSearchState(search)
  const query = useInfiniteQuery(notificationQueries.list({ event, isUnseen: unread }))
  const mark = useMarkSeen()
  const inbox = useInbox()
  useFreshList()
  const newest = inbox.data?.rows[0]
  const counts = query.data?.pages[0]?.counts
  const isNarrowed = unread || event.length > 0
  return (
    <Panel isFlush label="Notifications">
      <div className="border-line flex flex-wrap items-center gap-3 border-b p-3">
        <FilterMenu
          label="What happened"
          options={events.map((value) => ({
            value,
            label: notificationWords[value].label,
            count: counts?.event[value] ?? 0,
          }))}
          selected={event}
          onChange={(chosen) => update({ event: search.shape.event.parse(chosen) })}
        />
        <label className="flex items-center gap-2">
          <Checkbox checked={unread} onChange={(change) => update({ unread: change.target.checked })} />
          Unread only
          <span className="text-ink-muted tabular-nums">{formatCount(counts?.unseen ?? 0)}</span>
        </label>
        <span className="flex-1" />
        <Button
          icon={<CheckCheck className="size-4" aria-hidden />}
          isPending={mark.isPending}
          disabled={!newest || inbox.data?.unseen === 0}
          onClick={() => newest && mark.mutate({ through: newest.id })}
        >
          Mark all as read
        </Button>
      </div>
      <ProblemNote error={mark.error} />
      <QueryView query={query} what="notifications">
        {({ pages }) => {
          const rows = pages.flatMap((page) => page.rows)
          if (rows.length === 0)
            return isNarrowed ? (
              <EmptyState
                icon={BellOff}
                title={unread && event.length === 0 ? 'All is read' : 'No notification matches'}
                action={
                  <Button onClick={() => update({ event: [], unread: false })}>Show all notifications</Button>
                }
              />
            ) : (
              <EmptyState icon={BellOff} title="Nothing has happened yet">
                You are told here when a rollout pauses, waits for approval, goes back or ends, and when a
                device you watch returns, fails or changes.
              </EmptyState>
            )
          return (
            <>
              <ul aria-label="Notifications">
                {rows.map((row) => (
                  <NotificationRow
                    key={row.id}
                    notification={row}
                    onOpen={({ id, isSeen }) => {
                      if (!isSeen) mark.mutate({ ids: [id] })
                    }}
                  />
                ))}
              </ul>
              <div className="text-ink-muted flex items-center justify-center px-4 py-3 text-[13px]">
                {query.hasNextPage ? (
                  <Button
                    size="sm"
                    isPending={query.isFetchingNextPage}
                    onClick={() => void query.fetchNextPage()}
                  >
                    Load older notifications
                  </Button>
                ) : (
                  'These are all of the last 90 days.'
                )}
              </div>
            </>
          )
        }}
      </QueryView>
    </Panel>
  )
}
