import { lazy, Suspense } from 'react'
import { useParams } from 'react-router'
import { FleetHeader } from '@/features/fleets/fleet-header'
import { FleetOverview } from '@/features/fleets/fleet-overview'
import { fleetQueries } from '@/features/fleets/fleets.queries'
import { ApiError } from '@/lib/api'
import { useLiveQuery } from '@/live/use-live-query'
import { loadPart } from '@/lib/load-part'
import { FleetContext } from '@/lib/permission'
import { LinkTabs } from '@/ui/link-tabs'
import { QueryView } from '@/ui/query-view'
import { LoadingState } from '@/ui/states'
import { NotFound } from './error.route'

const DeviceList = lazy(() =>
  loadPart(() => import('@/features/devices/device-list')).then((module) => ({ default: module.DeviceList })),
)
const ReleaseList = lazy(() =>
  loadPart(() => import('@/features/releases/release-list')).then((module) => ({
    default: module.ReleaseList,
  })),
)
const RolloutList = lazy(() =>
  loadPart(() => import('@/features/rollouts/rollout-list')).then((module) => ({
    default: module.RolloutList,
  })),
)
const FleetSettings = lazy(() =>
  loadPart(() => import('@/features/fleets/settings/fleet-settings')).then((module) => ({
    default: module.FleetSettings,
  })),
)

const tabs = {
  overview: 'Overview',
  devices: 'Devices',
  releases: 'Releases',
  rollouts: 'Rollouts',
  settings: 'Settings',
} as const
type Tab = keyof typeof tabs
const isTab = (tab: string): tab is Tab => tab in tabs

function FleetPage({ fleetId, tab }: { fleetId: number; tab: Tab }) {
  const query = useLiveQuery(fleetQueries.one(fleetId))
  const isGone =
    query.data?.isDeleted === true || (query.error instanceof ApiError && query.error.status === 404)
  if (isGone) return <NotFound title="There is no such fleet" />
  const base = `/fleets/${fleetId}`
  return (
    <QueryView query={query} what="the fleet">
      {({ fleet }) => (
        <FleetContext value={fleet.id}>
          <FleetHeader fleet={fleet} page={tabs[tab]} />
          <LinkTabs
            label="Parts of the fleet"
            tabs={Object.entries(tabs).map(([key, label]) =>
              key === 'overview' ? { to: base, label, isExact: true } : { to: `${base}/${key}`, label },
            )}
          />
          <Suspense fallback={<LoadingState what={tabs[tab].toLowerCase()} />}>
            {tab === 'overview' && <FleetOverview fleet={fleet} />}
            {tab === 'devices' && <DeviceList fleetId={fleet.id} />}
            {tab === 'releases' && <ReleaseList fleetId={fleet.id} />}
            {tab === 'rollouts' && <RolloutList fleetId={fleet.id} />}
            {tab === 'settings' && <FleetSettings fleet={fleet} />}
          </Suspense>
        </FleetContext>
      )}
    </QueryView>
  )
}

export function Component() {
  const { fleetId = '', tab = 'overview' } = useParams()
  const id = /^[1-9]\d{0,14}$/.test(fleetId) ? Number(fleetId) : null
  if (id === null || !isTab(tab)) return <NotFound />
  return <FleetPage key={id} fleetId={id} tab={tab} />
}
