import { useQuery } from '@tanstack/react-query'
import { BookOpen } from 'lucide-react'
import { formatNoun } from '@/lib/format'
import { formatDuration, formatFullInstant } from '@/lib/time'
import { buttonClass } from '@/ui/button'
import { FactList } from '@/ui/fact-list'
import { Panel } from '@/ui/panel'
import { QueryView } from '@/ui/query-view'
import { RelativeTime } from '@/ui/relative-time'
import { systemQueries } from './system.queries'

const stores = {
  pglite: 'PGlite, embedded, in the data folder',
  postgresql: 'PostgreSQL, by DATABASE_URL',
} as const

/** What this gateway is and how it is set; settings are made by environment variables, not here. */
export function SystemPanel() {
  const query = useQuery(systemQueries.info())
  return (
    <Panel
      title="This gateway"
      hint="These settings are environment variables of the gateway; they change with a restart."
      actions={
        <a href="/api/docs" className={buttonClass()}>
          <BookOpen className="size-4" aria-hidden />
          API documentation
        </a>
      }
    >
      <QueryView query={query} what="the gateway’s settings">
        {(info) => (
          <FactList
            facts={[
              { name: 'Version', value: info.version },
              { name: 'Store', value: stores[info.store] },
              {
                name: 'Started',
                value: (
                  <>
                    {formatFullInstant(info.startedAt)} (<RelativeTime at={info.startedAt} />)
                  </>
                ),
              },
              {
                name: 'Rollouts',
                value: info.leadsRollouts
                  ? 'Led by this gateway'
                  : 'Led by another gateway on this database; this one takes over when it is gone',
              },
              { name: 'Devices poll every', value: formatDuration(info.pollIntervalMs) },
              { name: 'Logs are kept', value: formatNoun(info.logRetentionDays, 'day') },
              { name: 'Metrics are kept', value: formatNoun(info.metricRetentionDays, 'day') },
            ]}
          />
        )}
      </QueryView>
    </Panel>
  )
}
