import { useQuery } from '@tanstack/react-query'
import type { ReactNode } from 'react'
import { Link } from 'react-router'
import type { Action } from '#contract/device'
import { RelativeTime } from '@/ui/relative-time'
import { Panel } from '@/ui/panel'
import { QueryView } from '@/ui/query-view'
import { Status } from '@/ui/status'
import { EmptyState } from '@/ui/states'
import { actionStateWords, actionTitle } from './action-words'
import { actionQueries } from './actions.queries'

function ActionRow({ action }: { action: Action }) {
  const { label, tone, meaning } = actionStateWords[action.state]
  const isOpen = action.state === 'queued' || action.state === 'delivered'
  return (
    <li className="border-line flex flex-wrap items-baseline gap-x-3 border-b px-4 py-2 last:border-b-0">
      <span className="min-w-0 flex-1 basis-40 break-words">
        <span className="font-medium">{actionTitle(action.kind, action.serviceName)}</span>
        <span className="text-ink-muted block text-[13px]">
          <RelativeTime at={action.createdAt} /> by {action.createdBy}
        </span>
      </span>
      <span className="max-w-full min-w-0 text-[13px] sm:text-right">
        <Status tone={tone}>{label}</Status>
        <span className="text-ink-muted block break-words">
          {action.message ?? meaning}
          {isOpen && (
            <>
              {' '}
              Expires <RelativeTime at={action.expiresAt} />.
            </>
          )}
        </span>
      </span>
    </li>
  )
}

type ActionHistoryProps = {
  uuid: string
  version: number
  /** At most so many, with the way to all of them. */
  count?: number
  actions?: ReactNode
}

/** What was asked of the device and what became of it. */
export function ActionHistory({ uuid, version, count, actions }: ActionHistoryProps) {
  const query = useQuery(actionQueries.ofDevice(uuid, version))
  const link = (
    <Link to={`/devices/${uuid}/actions`} className="text-accent-ink text-[13px] hover:underline">
      All actions
    </Link>
  )
  return (
    <Panel title={count === undefined ? 'Actions' : 'Last actions'} isFlush actions={actions ?? link}>
      <QueryView query={query} what="actions">
        {({ actions: rows }) =>
          rows.length > 0 ? (
            <ul>
              {rows.slice(0, count).map((action) => (
                <ActionRow key={action.id} action={action} />
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
