import { useQuery } from '@tanstack/react-query'
import type { ReactNode } from 'react'
import { Link } from 'react-router'
import type { Action } from '#contract/device-action'
import { Panel } from '@/ui/panel'
import { QueryView } from '@/ui/query-view'
import { EmptyState } from '@/ui/states'
import { ActionRow } from './action-row'
import { actionQueries } from './actions.queries'

type ActionHistoryProps = {
  uuid: string
  version: number
  /** At most so many, with the way to all of them. */
  count?: number
  actions?: ReactNode
  /** Asks for the same again. */
  onRetry?: (action: Action) => void
}

/** What was asked of the device and what became of it. */
export function ActionHistory({ uuid, version, count, actions, onRetry }: ActionHistoryProps) {
  const query = useQuery(actionQueries.ofDevice(uuid, version))
  const link = (
    <Link to={`/devices/${uuid}/actions`} className="text-accent-ink text-[13px] hover:underline">
      All actions
    </Link>
  )
  return (
    <Panel
      title={count === undefined ? 'Actions' : 'Last actions'}
      isFlush
      actions={actions ?? (count === undefined ? null : link)}
    >
      <QueryView query={query} what="actions">
        {({ actions: rows }) =>
          rows.length > 0 ? (
            <ul aria-label="Actions, newest first">
              {rows.slice(0, count).map((action) => (
                <ActionRow key={action.id} action={action} {...(onRetry ? { onRetry } : {})} />
              ))}
            </ul>
          ) : count === undefined ? (
            <EmptyState title="Nothing was asked of this device yet">
              Restarts, reboots and other actions, and what became of them, are listed here.
            </EmptyState>
          ) : (
            <p className="text-ink-muted p-4">Nothing was asked of this device yet.</p>
          )
        }
      </QueryView>
    </Panel>
  )
}
