import { fleetQueries } from '@/features/fleets/fleets.queries'
import { RolloutList } from '@/features/rollouts/rollout-list'
import { useLiveQuery } from '@/live/use-live-query'
import { PageHeader } from '@/ui/page-header'

export function Component() {
  const fleets = useLiveQuery(fleetQueries.list())
  const options = (fleets.data?.fleets ?? []).map((fleet) => ({ value: String(fleet.id), label: fleet.name }))
  return (
    <>
      <PageHeader title="Rollouts">Releases on their way to devices, newest first.</PageHeader>
      <RolloutList fleets={options} />
    </>
  )
}
