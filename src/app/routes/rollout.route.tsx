import { useParams } from 'react-router'
import { LogExcerpt } from '@/features/logs/log-excerpt'
import { rolloutQueries } from '@/features/rollouts/rollouts.queries'
import { RolloutView } from '@/features/rollouts/rollout-view'
import { FleetContext } from '@/lib/permission'
import { useLiveQuery } from '@/live/use-live-query'
import { QueryView } from '@/ui/query-view'

export function Component() {
  const rolloutId = Number(useParams()['rolloutId'])
  const query = useLiveQuery(rolloutQueries.one(rolloutId))
  return (
    <QueryView query={query} what="the rollout">
      {({ rollout }) => (
        <FleetContext value={rollout.fleetId}>
          <RolloutView
            key={rollout.id}
            rollout={rollout}
            renderLog={({ device, at }) => <LogExcerpt deviceUuid={device.uuid} at={at} what="Failed" />}
          />
        </FleetContext>
      )}
    </QueryView>
  )
}
