import { useQuery } from '@tanstack/react-query'
import { Send } from 'lucide-react'
import { Link, useNavigate } from 'react-router'
import type { Webhook } from '#contract/webhook'
import { Button } from '@/ui/button'
import { FactList } from '@/ui/fact-list'
import { PageHeader } from '@/ui/page-header'
import { Panel } from '@/ui/panel'
import { QueryView } from '@/ui/query-view'
import { RelativeTime } from '@/ui/relative-time'
import { EmptyState } from '@/ui/states'
import { DeliveryLog } from './delivery-log'
import { useSendTest } from './use-send-test'
import type { FleetOption } from './webhook-form'
import { DeliveryCounts, SwitchState } from './webhook-list'
import { WebhookMenu } from './webhook-menu'
import { eventWords, fleetSummary } from './webhook-words'
import { webhookQueries } from './webhooks.queries'

type WebhookViewProps = { webhookId: number; fleets: readonly FleetOption[] }

/** One webhook with its delivery log. */
export function WebhookView({ webhookId, fleets }: WebhookViewProps) {
  const query = useQuery(webhookQueries.list())
  return (
    <QueryView query={query} what="the webhook">
      {({ webhooks }) => {
        const webhook = webhooks.find((one) => one.id === webhookId)
        if (webhook) return <Found webhook={webhook} fleets={fleets} />
        return (
          <EmptyState
            title="There is no such webhook"
            action={
              <Link to="/settings/webhooks" className="text-accent-ink underline">
                All webhooks
              </Link>
            }
          >
            It may have been removed.
          </EmptyState>
        )
      }}
    </QueryView>
  )
}

function Found({ webhook, fleets }: { webhook: Webhook; fleets: readonly FleetOption[] }) {
  const test = useSendTest(webhook)
  const navigate = useNavigate()
  return (
    <>
      <PageHeader
        title={webhook.name}
        documentTitle={`Webhook ${webhook.name}`}
        trail={[
          { label: 'Settings', to: '/settings' },
          { label: 'Webhooks', to: '/settings/webhooks' },
        ]}
        aside={<SwitchState webhook={webhook} />}
        actions={
          <>
            <Button
              icon={<Send className="size-4" aria-hidden />}
              isPending={test.isPending}
              onClick={test.send}
            >
              Send a test
            </Button>
            <WebhookMenu
              webhook={webhook}
              fleets={fleets}
              onDeleted={() => void navigate('/settings/webhooks')}
            />
          </>
        }
      />
      <div className="max-w-5xl space-y-4">
        <Panel label="About this webhook">
          <FactList
            facts={[
              { name: 'Address', value: <bdi className="wrap-anywhere">{webhook.url}</bdi> },
              { name: 'Hears of', value: webhook.events.map((event) => eventWords[event]).join(', ') },
              { name: 'Rollouts of', value: <bdi>{fleetSummary(webhook)}</bdi> },
              { name: 'Deliveries', value: <DeliveryCounts webhook={webhook} /> },
              {
                name: 'Added',
                value: (
                  <>
                    <RelativeTime at={webhook.createdAt} /> by <bdi>{webhook.createdBy}</bdi>
                  </>
                ),
              },
            ]}
          />
        </Panel>
        <DeliveryLog webhook={webhook} />
      </div>
    </>
  )
}
