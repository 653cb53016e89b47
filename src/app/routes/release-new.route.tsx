import { useQuery } from '@tanstack/react-query'
import { useContext } from 'react'
import { useNavigate } from 'react-router'
import { z } from 'zod'
import { roleAllows, roleIn } from '#contract/role'
import { fleetQueries } from '@/features/fleets/fleets.queries'
import { ReleaseForm } from '@/features/releases/release-form'
import { AccessContext, FleetContext, useMay } from '@/lib/permission'
import { useSearchState } from '@/lib/search-state'
import { useMissing } from '@/lib/source'
import { useLiveQuery } from '@/live/use-live-query'
import { Field, Select } from '@/ui/field'
import { PageHeader } from '@/ui/page-header'
import { QueryView } from '@/ui/query-view'
import { EmptyState } from '@/ui/states'

const search = z.object({ fleetId: z.coerce.number().int().positive().optional() })

export function Component() {
  const [{ fleetId }, update] = useSearchState(search)
  const navigate = useNavigate()
  const mayCreate = useMay('release-manager')
  const cannot = useMissing('create-releases')
  const access = useContext(AccessContext)
  const fleets = useLiveQuery(fleetQueries.list())
  const types = useQuery(fleetQueries.deviceTypes())
  const header = <PageHeader title="New release" trail={[{ label: 'Releases', to: '/releases' }]} />
  if (cannot !== null)
    return (
      <>
        {header}
        <EmptyState title="Releases are not made here">{cannot}</EmptyState>
      </>
    )
  if (!mayCreate)
    return (
      <>
        {header}
        <EmptyState title="Making releases needs the role release manager">
          An administrator can change your role in the settings.
        </EmptyState>
      </>
    )
  return (
    <>
      {header}
      <QueryView query={fleets} what="fleets">
        {(data) => {
          const byName = data.fleets
            .filter((one) => roleAllows(roleIn(access, one.id), 'release-manager'))
            .sort((a, b) => a.name.localeCompare(b.name))
          const fleet =
            byName.find((one) => one.id === fleetId) ?? (byName.length === 1 ? byName[0] : undefined)
          if (byName.length === 0)
            return (
              <EmptyState title="There is no fleet yet">
                A release belongs to a fleet; make one first.
              </EmptyState>
            )
          return (
            <div className="space-y-4">
              <div className="max-w-md">
                <Field label="Fleet" hint={fleet ? undefined : 'A release belongs to one fleet.'}>
                  {(field) => (
                    <Select
                      {...field}
                      value={fleet === undefined ? '' : String(fleet.id)}
                      onChange={(event) =>
                        update(
                          { fleetId: event.target.value === '' ? undefined : Number(event.target.value) },
                          { replace: true },
                        )
                      }
                    >
                      {fleet === undefined && <option value="">Choose…</option>}
                      {byName.map((one) => (
                        <option key={one.id} value={one.id}>
                          {one.name}
                        </option>
                      ))}
                    </Select>
                  )}
                </Field>
              </div>
              {fleet && (
                <FleetContext value={fleet.id}>
                  <ReleaseForm
                    key={fleet.id}
                    fleet={{
                      id: fleet.id,
                      name: fleet.name,
                      deviceCount: fleet.devices.total,
                      tracksLatest: fleet.policy.kind === 'track-latest',
                    }}
                    deviceTypes={types.data?.deviceTypes ?? []}
                    onCreated={(release) => void navigate(`/releases/${release.id}`)}
                  />
                </FleetContext>
              )}
            </div>
          )
        }}
      </QueryView>
    </>
  )
}
