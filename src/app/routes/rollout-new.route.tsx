import { useQuery } from '@tanstack/react-query'
import { useNavigate } from 'react-router'
import type { FleetSummary, RolloutTarget } from '#contract/fleet'
import { deviceQueries } from '@/features/devices/devices.queries'
import { fleetQueries } from '@/features/fleets/fleets.queries'
import { ReleaseChoice } from '@/features/releases/release-choice'
import { releaseQueries } from '@/features/releases/releases.queries'
import { HostOsChoice } from '@/features/rollouts/host-os-choice'
import { osChoices } from '@/features/rollouts/host-os-rules'
import { RolloutForm } from '@/features/rollouts/rollout-form'
import {
  narrowingOf,
  noNarrowing,
  rolloutPlanSearch,
  type RolloutPlanSearch,
} from '@/features/rollouts/rollout-plan-search'
import { FleetContext } from '@/lib/permission'
import { useSearchState } from '@/lib/search-state'
import { useMissing } from '@/lib/source'
import { useArrival } from '@/lib/use-arrival'
import { useLiveQuery } from '@/live/use-live-query'
import { Field, Select } from '@/ui/field'
import { PageHeader } from '@/ui/page-header'
import { QueryView } from '@/ui/query-view'
import { EmptyState } from '@/ui/states'

export function Component() {
  const [search, update] = useSearchState(rolloutPlanSearch)
  const arrival = useArrival()
  const cannotMakeFleets = useMissing('create-fleets')
  const fleets = useLiveQuery(fleetQueries.list())
  return (
    <>
      <PageHeader title="New rollout" trail={[{ label: 'Rollouts', to: '/rollouts' }]}>
        Sends a release, newer or older, or a host OS version to a fleet or a part of it.
      </PageHeader>
      <QueryView query={fleets} what="fleets">
        {(data) => {
          const byName = [...data.fleets].sort((a, b) => a.name.localeCompare(b.name))
          const fleet =
            byName.find((one) => one.id === search.fleetId) ?? (byName.length === 1 ? byName[0] : undefined)
          if (byName.length === 0)
            return (
              <EmptyState title="There is no fleet yet">
                A rollout goes to a fleet. {cannotMakeFleets ?? 'Make one first.'}
              </EmptyState>
            )
          return (
            <div className="space-y-4">
              <div className="max-w-md">
                <Field label="Fleet">
                  {(field) => (
                    <Select
                      {...field}
                      value={fleet === undefined ? '' : String(fleet.id)}
                      onChange={(event) =>
                        // Releases, types and tags are the fleet's own: another fleet starts anew.
                        update({
                          ...noNarrowing,
                          releaseId: undefined,
                          osVersion: '',
                          fleetId: event.target.value === '' ? undefined : Number(event.target.value),
                        })
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
                  <ForFleet
                    key={`${fleet.id} ${arrival}`}
                    fleet={fleet}
                    search={search}
                    onChange={(change) => update(change, { replace: true })}
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

type ForFleetProps = {
  fleet: FleetSummary
  search: RolloutPlanSearch
  onChange: (change: Partial<RolloutPlanSearch>) => void
}

function ForFleet({ fleet, search, onChange }: ForFleetProps) {
  const navigate = useNavigate()
  const cannotMake = useMissing('create-releases')
  const releases = useQuery(releaseQueries.choices(fleet.id))
  const types = useQuery(fleetQueries.deviceTypes())
  const facets = useQuery(
    deviceQueries.facets({ ...narrowingOf(search), fleetId: fleet.id, reason: [], os: [], update: [] }),
  )
  return (
    <QueryView query={releases} what="releases">
      {(rows) => {
        // A failed release is never offered.
        const choices = rows.filter((row) => row.status !== 'failed')
        const release = rows.find((row) => row.id === search.releaseId) ?? null
        const target: RolloutTarget | null =
          search.what === 'host-os'
            ? { kind: 'host-os', osVersion: search.osVersion }
            : release && { kind: 'release', release }
        return (
          <RolloutForm
            fleet={fleet}
            target={target}
            search={search}
            facets={facets.data}
            deviceTypeName={(slug) =>
              types.data?.deviceTypes.find((type) => type.slug === slug)?.name ?? slug
            }
            onChange={onChange}
            onStarted={(rollout) => void navigate(`/rollouts/${rollout.id}`)}
          >
            {search.what === 'host-os' ? (
              <HostOsChoice
                choices={osChoices(facets.data, types.data?.deviceTypes ?? [])}
                value={search.osVersion}
                onChange={(osVersion) => onChange({ osVersion })}
              />
            ) : choices.length === 0 ? (
              <EmptyState title={`${fleet.name} has no release to send`}>
                {cannotMake ?? 'Make one from a compose file under Releases.'}
              </EmptyState>
            ) : (
              <ReleaseChoice
                label="Release"
                releases={choices}
                value={release?.id ?? null}
                error={release?.status === 'failed' ? 'Marked as failed; it is never offered.' : undefined}
                onChange={(releaseId) => onChange({ releaseId })}
              />
            )}
          </RolloutForm>
        )
      }}
    </QueryView>
  )
}
