import { useParams } from 'react-router'
import { fleetQueries } from '@/features/fleets/fleets.queries'
import { WebhookView } from '@/features/webhooks/webhook-view'
import { useMayEverywhere } from '@/lib/permission'
import { useLiveQuery } from '@/live/use-live-query'
import { NotAllowed } from '@/ui/not-allowed'
import { PageHeader } from '@/ui/page-header'

export function Component() {
  const webhookId = Number(useParams()['webhookId'])
  const isAdmin = useMayEverywhere('admin')
  const fleets = useLiveQuery(fleetQueries.list())
  if (!isAdmin)
    return (
      <>
        <PageHeader title="Webhook" trail={[{ label: 'Settings', to: '/settings' }]} />
        <NotAllowed title="Only administrators see webhooks">
          Ask an administrator of this gateway when a program must be told about rollouts.
        </NotAllowed>
      </>
    )
  return <WebhookView webhookId={webhookId} fleets={fleets.data?.fleets ?? []} />
}
