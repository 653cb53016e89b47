import { useQuery } from '@tanstack/react-query'
import { Link } from 'react-router'
import { formatNoun } from '@/lib/format'
import { Panel } from '@/ui/panel'
import { QueryView } from '@/ui/query-view'
import { RelativeTime } from '@/ui/relative-time'
import { EmptyState } from '@/ui/states'
import { actionTitle } from './action-words'
import { actionQueries } from './actions.queries'
import { BatchCounts } from './batch-view'

/** What was asked of many devices at once, newest first. */
export function BatchList() {
  const query = useQuery(actionQueries.batches())
  return (
    <QueryView query={query} what="actions">
      {({ rows }) =>
        rows.length === 0 ? (
          <EmptyState title="Nothing was asked of many devices yet">
            Select devices in their list and choose an action: its progress is followed here.
          </EmptyState>
        ) : (
          <Panel label="Actions of many devices" isFlush>
            <ul>
              {rows.map((batch) => (
                <li key={batch.id} className="border-line space-y-1 border-b px-4 py-3 last:border-b-0">
                  <Link to={`/actions/${batch.id}`} className="text-accent-ink font-medium hover:underline">
                    {actionTitle(batch.kind, batch.serviceName)}: {formatNoun(batch.total, 'device')}
                  </Link>
                  <p className="text-ink-muted text-[13px]">
                    <RelativeTime at={batch.createdAt} /> by <bdi>{batch.createdBy}</bdi>
                    {batch.reason !== '' && (
                      <>
                        : <bdi>{batch.reason}</bdi>
                      </>
                    )}
                  </p>
                  <BatchCounts batch={batch} />
                </li>
              ))}
            </ul>
          </Panel>
        )
      }
    </QueryView>
  )
}
