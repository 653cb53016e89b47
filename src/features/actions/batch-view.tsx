import { useInfiniteQuery } from '@tanstack/react-query'
import { Link, useNavigate } from 'react-router'
import { z } from 'zod'
import { actionNeeds } from '#contract/ability-needs'
import { actionRoles, actionState, actionStates, type ActionBatch } from '#contract/device-action'
import { commaList } from '#contract/query'
import { formatCount, formatNoun } from '@/lib/format'
import { useMay } from '@/lib/permission'
import { useMissing } from '@/lib/source'
import { useSearchState } from '@/lib/search-state'
import { useLiveQuery } from '@/live/use-live-query'
import { Button } from '@/ui/button'
import { FilterMenu } from '@/ui/filter-menu'
import { PageHeader } from '@/ui/page-header'
import { Panel } from '@/ui/panel'
import { QueryView } from '@/ui/query-view'
import { RelativeTime } from '@/ui/relative-time'
import { SearchInput } from '@/ui/search-input'
import { EmptyState } from '@/ui/states'
import { Status } from '@/ui/status'
import { toast, toastFailure } from '@/ui/toast.store'
import { ActionRow } from './action-row'
import { actionStateWords, actionTitle } from './action-words'
import { actionQueries, useCancelBatch, useRetryBatch } from './actions.queries'

const search = z.object({ state: commaList(actionState), q: z.string().max(200).default('') })

/** How many devices are in each state that any is in. */
export function BatchCounts({ batch }: { batch: ActionBatch }) {
  const present = actionStates.filter((state) => batch.counts[state] > 0)
  return (
    <ul className="flex flex-wrap gap-x-4 gap-y-1 tabular-nums" aria-label="Devices by state">
      {present.map((state) => (
        <li key={state}>
          <Status tone={actionStateWords[state].tone}>
            {formatCount(batch.counts[state])} {actionStateWords[state].label.toLowerCase()}
          </Status>
        </li>
      ))}
    </ul>
  )
}

const isOpen = (batch: ActionBatch) => batch.counts.queued + batch.counts.delivered > 0
const failedOf = ({ counts }: ActionBatch) =>
  counts.failed + counts.expired + counts.cancelled + counts.unsupported

function BatchButtons({ batch }: { batch: ActionBatch }) {
  const mayAct = useMay(actionRoles[batch.kind])
  const canAsk = useMissing(...actionNeeds(batch.kind)) === null
  const navigate = useNavigate()
  const cancel = useCancelBatch(batch.id)
  const retry = useRetryBatch(batch.id)
  const failed = failedOf(batch)
  if (!mayAct) return null
  const fail = (error: Error) => toastFailure('', error)
  return (
    <>
      {batch.counts.queued > 0 && (
        <Button
          isPending={cancel.isPending}
          onClick={() =>
            cancel.mutate(undefined, {
              onSuccess: ({ cancelled }) => toast('ok', `Called off on ${formatNoun(cancelled, 'device')}`),
              onError: fail,
            })
          }
        >
          Call off what waits
        </Button>
      )}
      {failed > 0 && canAsk && !isOpen(batch) && (
        <Button
          isPending={retry.isPending}
          onClick={() =>
            retry.mutate(undefined, {
              onSuccess: (next) => {
                toast('ok', `Asked ${formatNoun(next.total, 'device')} again`)
                void navigate(`/actions/${next.id}`)
              },
              onError: fail,
            })
          }
        >
          Ask {formatNoun(failed, 'device')} again
        </Button>
      )}
    </>
  )
}

function BatchDevices({ batch }: { batch: ActionBatch }) {
  const [filter, setFilter] = useSearchState(search)
  const query = useInfiniteQuery(actionQueries.batchActions(batch.id, filter, JSON.stringify(batch.counts)))
  const isFiltered = filter.state.length > 0 || filter.q !== ''
  return (
    <Panel
      title="Devices"
      isFlush
      actions={
        <>
          <SearchInput
            label="Find a device"
            className="w-36 sm:w-60"
            value={filter.q}
            onChange={(q) => setFilter({ q }, { replace: true })}
          />
          <FilterMenu
            label="State"
            options={actionStates.map((state) => ({
              value: state,
              label: actionStateWords[state].label,
              count: batch.counts[state],
            }))}
            selected={filter.state}
            onChange={(state) => setFilter({ state: commaList(actionState).parse(state) })}
          />
        </>
      }
    >
      <QueryView query={query} what="devices">
        {({ pages }) => {
          const rows = pages.flatMap((page) => page.rows)
          if (rows.length === 0)
            return (
              <EmptyState title={isFiltered ? 'No device matches' : 'Its devices are no longer there'}>
                {isFiltered ? 'Take filters off to see the others.' : 'They were deleted since.'}
              </EmptyState>
            )
          return (
            <>
              <ul aria-label="Devices of this action">
                {rows.map((action) => (
                  <ActionRow key={action.id} action={action}>
                    <Link
                      to={`/devices/${action.deviceUuid}`}
                      className="text-accent-ink block font-medium hover:underline"
                    >
                      <bdi>{action.deviceName}</bdi>
                    </Link>
                  </ActionRow>
                ))}
              </ul>
              {query.hasNextPage && (
                <div className="p-3">
                  <Button isPending={query.isFetchingNextPage} onClick={() => void query.fetchNextPage()}>
                    More devices
                  </Button>
                </div>
              )}
            </>
          )
        }}
      </QueryView>
    </Panel>
  )
}

/** An action asked of many devices: how far it is, and on which it failed. */
export function BatchView({ batchId }: { batchId: number }) {
  const query = useLiveQuery(actionQueries.batch(batchId))
  return (
    <QueryView query={query} what="the action">
      {({ batch }) => (
        <>
          <PageHeader
            title={`${actionTitle(batch.kind, batch.serviceName)}: ${formatNoun(batch.total, 'device')}`}
            trail={[
              { label: 'Devices', to: '/devices' },
              { label: 'Actions', to: '/actions' },
            ]}
            actions={<BatchButtons batch={batch} />}
          >
            <RelativeTime at={batch.createdAt} /> by <bdi>{batch.createdBy}</bdi>
            {batch.reason !== '' && (
              <>
                : <bdi>{batch.reason}</bdi>
              </>
            )}
            {isOpen(batch) && (
              <>
                . What waits expires <RelativeTime at={batch.expiresAt} />.
              </>
            )}
          </PageHeader>
          <div className="max-w-5xl space-y-4">
            <Panel label="Progress">
              <BatchCounts batch={batch} />
            </Panel>
            <BatchDevices batch={batch} />
          </div>
        </>
      )}
    </QueryView>
  )
}
