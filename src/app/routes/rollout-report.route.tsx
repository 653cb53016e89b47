import { useQuery } from '@tanstack/react-query'
import { useParams } from 'react-router'
import { RolloutReport } from '@/features/rollouts/rollout-report'
import { rolloutQueries } from '@/features/rollouts/rollouts.queries'
import { QueryView } from '@/ui/query-view'

export function Component() {
  const rolloutId = Number(useParams()['rolloutId'])
  const query = useQuery(rolloutQueries.report(rolloutId))
  return (
    <QueryView query={query} what="the report">
      {(report) => <RolloutReport report={report} />}
    </QueryView>
  )
}
