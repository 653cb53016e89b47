import { Boxes, Plus } from 'lucide-react'
import { useState } from 'react'
import { z } from 'zod'
import { CreateFleetDialog } from '@/features/fleets/create-fleet-dialog'
import { FleetCard } from '@/features/fleets/fleet-card'
import { fleetQueries } from '@/features/fleets/fleets.queries'
import { formatNoun } from '@/lib/format'
import { useMay } from '@/lib/permission'
import { useSearchState } from '@/lib/search-state'
import { useLiveQuery } from '@/live/use-live-query'
import { Button } from '@/ui/button'
import { PageHeader } from '@/ui/page-header'
import { QueryView } from '@/ui/query-view'
import { SearchInput } from '@/ui/search-input'
import { EmptyState } from '@/ui/states'

const search = z.object({ q: z.string().default('') })

export function Component() {
  const [{ q }, update] = useSearchState(search)
  const [isCreating, setCreating] = useState(false)
  const mayCreate = useMay('admin')
  const query = useLiveQuery(fleetQueries.list())
  const total = query.data?.fleets.reduce((sum, fleet) => sum + fleet.devices.total, 0)
  const create = (
    <Button
      variant="primary"
      icon={<Plus className="size-4" aria-hidden />}
      onClick={() => setCreating(true)}
    >
      New fleet
    </Button>
  )
  return (
    <>
      <PageHeader title="Fleets" actions={mayCreate ? create : undefined}>
        {query.data && total !== undefined
          ? `${formatNoun(query.data.fleets.length, 'fleet')}, ${formatNoun(total, 'device')}. Most trouble first.`
          : ' '}
      </PageHeader>
      <QueryView query={query} what="fleets">
        {({ fleets }) => {
          if (fleets.length === 0)
            return (
              <EmptyState icon={Boxes} title="No fleets yet" action={mayCreate ? create : undefined}>
                A fleet is a group of devices that run the same releases. Create one, make a provisioning key
                in its settings, and start a device with it.
              </EmptyState>
            )
          const shown = fleets.filter((fleet) => fleet.name.toLowerCase().includes(q.toLowerCase()))
          return (
            <div className="space-y-4">
              {(fleets.length > 3 || q !== '') && (
                <SearchInput
                  label="Search fleets"
                  value={q}
                  onChange={(value) => update({ q: value }, { replace: true })}
                  className="max-w-80"
                />
              )}
              {shown.map((fleet) => (
                <FleetCard key={fleet.id} fleet={fleet} />
              ))}
              {shown.length === 0 && (
                <EmptyState
                  title={`No fleet is called “${q}”`}
                  action={<Button onClick={() => update({ q: '' })}>Clear the search</Button>}
                />
              )}
            </div>
          )
        }}
      </QueryView>
      {isCreating && <CreateFleetDialog onClose={() => setCreating(false)} />}
    </>
  )
}
