import { fleetQueries } from '@/features/fleets/fleets.queries'
import { ReleaseList } from '@/features/releases/release-list'
import { useLiveQuery } from '@/live/use-live-query'
import { PageHeader } from '@/ui/page-header'

export function Component() {
  const fleets = useLiveQuery(fleetQueries.list())
  const options = (fleets.data?.fleets ?? []).map((fleet) => ({ value: String(fleet.id), label: fleet.name }))
  return (
    <>
      <PageHeader title="Releases">What devices can run, newest first.</PageHeader>
      <ReleaseList fleets={options} />
    </>
  )
}
