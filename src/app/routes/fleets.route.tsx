import { Plus } from 'lucide-react'
import { lazy, Suspense, useState } from 'react'
import { FleetList } from '@/features/fleets/fleet-list'
import { fleetQueries } from '@/features/fleets/fleets.queries'
import { formatNoun } from '@/lib/format'
import { loadPart } from '@/lib/load-part'
import { useMayEverywhere } from '@/lib/permission'
import { useMissing } from '@/lib/source'
import { useLiveQuery } from '@/live/use-live-query'
import { Button } from '@/ui/button'
import { PageHeader } from '@/ui/page-header'
import { QueryView } from '@/ui/query-view'

const CreateFleetDialog = lazy(() =>
  loadPart(() => import('@/features/fleets/create-fleet-dialog')).then((module) => ({
    default: module.CreateFleetDialog,
  })),
)

export function Component() {
  const [isCreating, setCreating] = useState(false)
  const mayCreate = useMayEverywhere('admin')
  const canCreate = useMissing('create-fleets') === null
  const query = useLiveQuery(fleetQueries.list())
  const total = query.data?.fleets.reduce((sum, fleet) => sum + fleet.devices.total, 0)
  const create =
    mayCreate && canCreate ? (
      <Button
        variant="primary"
        icon={<Plus className="size-4" aria-hidden />}
        onClick={() => setCreating(true)}
      >
        New fleet
      </Button>
    ) : undefined
  return (
    <>
      <PageHeader title="Fleets" actions={create}>
        {query.data && total !== undefined
          ? `${formatNoun(query.data.fleets.length, 'fleet')}, ${formatNoun(total, 'device')}`
          : ' '}
      </PageHeader>
      <QueryView query={query} what="fleets">
        {({ fleets }) => <FleetList fleets={fleets} create={create} />}
      </QueryView>
      {isCreating && (
        <Suspense fallback={null}>
          <CreateFleetDialog onClose={() => setCreating(false)} />
        </Suspense>
      )}
    </>
  )
}
