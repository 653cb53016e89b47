import { useQuery } from '@tanstack/react-query'
import { Plus, Send, Webhook as WebhookIcon } from 'lucide-react'
import { useState } from 'react'
import { Link } from 'react-router'
import type { Webhook } from '#contract/webhook'
import { formatCount } from '@/lib/format'
import { useSearchState } from '@/lib/search-state'
import { Button } from '@/ui/button'
import { FilterMenu } from '@/ui/filter-menu'
import { Panel } from '@/ui/panel'
import { QueryView } from '@/ui/query-view'
import { SearchInput } from '@/ui/search-input'
import { EmptyState } from '@/ui/states'
import { Status } from '@/ui/status'
import { Cell, HeaderCell, Table } from '@/ui/table'
import { useSendTest } from './use-send-test'
import { useWebhooksLive } from './use-webhooks-live'
import { CreateWebhookDialog } from './webhook-dialogs'
import type { FleetOption } from './webhook-form'
import { filterWebhooks, webhookListSearch } from './webhook-list-search'
import { WebhookMenu } from './webhook-menu'
import { eventsSummary, fleetSummary } from './webhook-words'
import { webhookQueries } from './webhooks.queries'

/** Addresses that are called about rollouts, for administrators. */
export function WebhookList({ fleets }: { fleets: readonly FleetOption[] }) {
  const query = useQuery(webhookQueries.list())
  useWebhooksLive(undefined, query.data?.cursor ?? null)
  const [search, update] = useSearchState(webhookListSearch)
  const [isMaking, setMaking] = useState(false)
  const { shown, counts } = filterWebhooks(query.data?.webhooks ?? [], search)
  return (
    <Panel
      title="Webhooks"
      hint="Called when a rollout starts, pauses, waits for approval, goes back or ends. Signed, and sent again until answered."
      isFlush
      actions={
        <Button
          variant="primary"
          icon={<Plus className="size-4" aria-hidden />}
          onClick={() => setMaking(true)}
        >
          New webhook
        </Button>
      }
    >
      <QueryView query={query} what="webhooks">
        {({ webhooks }) =>
          webhooks.length === 0 ? (
            <EmptyState icon={WebhookIcon} title="No webhooks">
              Add one to be told in a chat, a pager or your CI what happens to rollouts.
            </EmptyState>
          ) : (
            <>
              <div className="flex flex-wrap gap-2 p-3">
                <SearchInput
                  label="Search webhooks"
                  placeholder="Name, address or fleet"
                  value={search.q}
                  onChange={(q) => update({ q }, { replace: true })}
                  className="w-full sm:w-72"
                />
                <FilterMenu
                  label="State"
                  options={[
                    { value: 'on', label: 'Switched on', count: counts.on },
                    { value: 'off', label: 'Switched off', count: counts.off },
                  ]}
                  selected={search.switched}
                  onChange={(chosen) => update({ switched: webhookListSearch.shape.switched.parse(chosen) })}
                />
              </div>
              {shown.length === 0 ? (
                <EmptyState
                  title="No webhook matches"
                  action={
                    <Button onClick={() => update({ q: '', switched: [] })}>Clear search and filter</Button>
                  }
                />
              ) : (
                <WebhookTable webhooks={shown} fleets={fleets} />
              )}
            </>
          )
        }
      </QueryView>
      {isMaking && <CreateWebhookDialog fleets={fleets} onClose={() => setMaking(false)} />}
    </Panel>
  )
}

function WebhookTable({
  webhooks,
  fleets,
}: {
  webhooks: readonly Webhook[]
  fleets: readonly FleetOption[]
}) {
  return (
    <Table label="List of webhooks">
      <thead>
        <tr>
          <HeaderCell>Name</HeaderCell>
          <HeaderCell className="max-sm:hidden">State</HeaderCell>
          <HeaderCell className="max-lg:hidden">Hears</HeaderCell>
          <HeaderCell className="max-sm:hidden">Deliveries</HeaderCell>
          <HeaderCell>
            <span className="sr-only">Actions</span>
          </HeaderCell>
        </tr>
      </thead>
      <tbody>
        {webhooks.map((webhook) => (
          <WebhookRow key={webhook.id} webhook={webhook} fleets={fleets} />
        ))}
      </tbody>
    </Table>
  )
}

function WebhookRow({ webhook, fleets }: { webhook: Webhook; fleets: readonly FleetOption[] }) {
  const test = useSendTest(webhook)
  return (
    <tr className={webhook.isEnabled ? undefined : 'text-ink-muted'}>
      <Cell className="max-w-72">
        <Link
          to={`/settings/webhooks/${webhook.id}`}
          className="text-accent-ink block font-medium hover:underline"
        >
          <bdi>{webhook.name}</bdi>
        </Link>
        <span className="text-ink-muted block truncate text-[13px]" title={webhook.url}>
          <bdi>{webhook.url}</bdi>
        </span>
        <span className="block sm:hidden">
          <SwitchState webhook={webhook} />, <DeliveryCounts webhook={webhook} />
        </span>
      </Cell>
      <Cell className="whitespace-nowrap max-sm:hidden">
        <SwitchState webhook={webhook} />
      </Cell>
      <Cell className="max-lg:hidden">
        {eventsSummary(webhook)}
        <span className="text-ink-muted block text-[13px]">
          <bdi>{fleetSummary(webhook)}</bdi>
        </span>
      </Cell>
      <Cell className="whitespace-nowrap max-sm:hidden">
        <DeliveryCounts webhook={webhook} />
      </Cell>
      <Cell className="text-right whitespace-nowrap">
        <Button
          size="sm"
          icon={<Send className="size-4" aria-hidden />}
          isPending={test.isPending}
          onClick={test.send}
          aria-label={`Send a test to ${webhook.name}`}
        >
          Test
        </Button>{' '}
        <WebhookMenu webhook={webhook} fleets={fleets} />
      </Cell>
    </tr>
  )
}

export function SwitchState({ webhook }: { webhook: Pick<Webhook, 'isEnabled'> }) {
  return webhook.isEnabled ? <Status tone="ok">On</Status> : <Status tone="unknown">Off</Status>
}

/** What was delivered, waits and failed in the last 30 days. */
export function DeliveryCounts({ webhook }: { webhook: Webhook }) {
  return (
    <span className="inline-flex flex-wrap gap-x-3 tabular-nums" title="In the last 30 days">
      <span>{formatCount(webhook.delivered)} delivered</span>
      {webhook.waiting > 0 && <Status tone="updating">{formatCount(webhook.waiting)} waiting</Status>}
      {webhook.failed > 0 && <Status tone="critical">{formatCount(webhook.failed)} failed</Status>}
    </span>
  )
}
