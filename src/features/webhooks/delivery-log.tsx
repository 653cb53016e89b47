import { useInfiniteQuery } from '@tanstack/react-query'
import { Inbox } from 'lucide-react'
import { useEffect } from 'react'
import { z } from 'zod'
import { commaList, id } from '#contract/query'
import { deliveryEvent, deliveryEvents, deliveryState, deliveryStates, type Webhook } from '#contract/webhook'
import { useSearchState } from '@/lib/search-state'
import { Button } from '@/ui/button'
import { FilterMenu } from '@/ui/filter-menu'
import { Panel } from '@/ui/panel'
import { QueryView } from '@/ui/query-view'
import { EmptyState } from '@/ui/states'
import { DeliveryRow } from './delivery-row'
import { useWebhooksLive } from './use-webhooks-live'
import { deliveryWords, eventWords } from './webhook-words'
import { webhookQueries } from './webhooks.queries'

const search = z.object({
  state: commaList(deliveryState),
  event: commaList(deliveryEvent),
  /** Those whose body is shown. */
  delivery: commaList(id),
})
/** How far down the log a delivery that a link names is looked for. */
const MAX_PAGES_LOOKED_AT = 10

/** What was sent to a webhook in the last 30 days and how it answered, newest first; moves by itself. */
export function DeliveryLog({ webhook }: { webhook: Webhook }) {
  const [{ state, event, delivery }, update] = useSearchState(search)
  const query = useInfiniteQuery(webhookQueries.deliveries(webhook.id, { state, event }))
  const pages = query.data?.pages ?? []
  useWebhooksLive(webhook.id, pages.length === 0 ? null : Math.min(...pages.map((page) => page.cursor)))
  const counts = pages[0]?.counts
  const oldest = pages.at(-1)?.rows.at(-1)?.id ?? 0
  const { hasNextPage, isFetching, fetchNextPage } = query
  const isFurther = delivery.some((one) => one < oldest) && hasNextPage && pages.length < MAX_PAGES_LOOKED_AT
  useEffect(() => {
    if (isFurther && !isFetching) void fetchNextPage()
  }, [isFurther, isFetching, fetchNextPage])
  const toggle = (one: number) =>
    update(
      { delivery: delivery.includes(one) ? delivery.filter((other) => other !== one) : [...delivery, one] },
      { replace: true },
    )
  return (
    <Panel title="Deliveries" hint="Of the last 30 days, newest first." isFlush>
      <div className="border-line flex flex-wrap gap-2 border-b p-3">
        <FilterMenu
          label="State"
          options={deliveryStates.map((value) => ({
            value,
            label: deliveryWords[value].label,
            count: counts?.state[value] ?? 0,
          }))}
          selected={state}
          onChange={(chosen) => update({ state: search.shape.state.parse(chosen) })}
        />
        <FilterMenu
          label="Event"
          options={deliveryEvents.map((value) => ({
            value,
            label: eventWords[value],
            count: counts?.event[value] ?? 0,
          }))}
          selected={event}
          onChange={(chosen) => update({ event: search.shape.event.parse(chosen) })}
        />
      </div>
      <QueryView query={query} what="deliveries">
        {() => {
          const rows = pages.flatMap((page) => page.rows)
          if (rows.length === 0)
            return state.length + event.length > 0 ? (
              <EmptyState
                icon={Inbox}
                title="No delivery matches"
                action={<Button onClick={() => update({ state: [], event: [] })}>Clear the filters</Button>}
              />
            ) : (
              <EmptyState icon={Inbox} title="Nothing was sent yet">
                Send a test, or wait for a rollout that it hears of.
              </EmptyState>
            )
          return (
            <>
              <ul aria-label="Deliveries">
                {rows.map((row) => (
                  <DeliveryRow
                    key={row.id}
                    webhookId={webhook.id}
                    delivery={row}
                    isEnabled={webhook.isEnabled}
                    isOpen={delivery.includes(row.id)}
                    onToggle={() => toggle(row.id)}
                  />
                ))}
              </ul>
              <div className="text-ink-muted flex justify-center px-4 py-3 text-[13px]">
                {query.hasNextPage ? (
                  <Button
                    size="sm"
                    isPending={query.isFetchingNextPage}
                    onClick={() => void query.fetchNextPage()}
                  >
                    Load older deliveries
                  </Button>
                ) : (
                  'These are all.'
                )}
              </div>
            </>
          )
        }}
      </QueryView>
    </Panel>
  )
}
