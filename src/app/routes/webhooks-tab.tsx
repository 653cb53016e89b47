import { fleetQueries } from '@/features/fleets/fleets.queries'
import { WebhookList } from '@/features/webhooks/webhook-list'
import { useLiveQuery } from '@/live/use-live-query'

/** The settings' list of webhooks, which offers fleets to choose from. */
export function WebhooksTab() {
  const fleets = useLiveQuery(fleetQueries.list())
  return <WebhookList fleets={fleets.data?.fleets ?? []} />
}
