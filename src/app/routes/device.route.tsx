import { lazy, Suspense } from 'react'
import { useParams } from 'react-router'
import { deviceUuid } from '#contract/query'
import type { DeviceDetail } from '#contract/device'
import { refusalText } from '@/features/actions/action-words'
import { ActionHistory } from '@/features/actions/action-history'
import { useActionItems } from '@/features/actions/action-items'
import { useAction } from '@/features/actions/use-action'
import { DeviceGone } from '@/features/devices/device-gone'
import { DeviceHeader, LastKnownNote } from '@/features/devices/device-header'
import { deviceQueries, type DeviceSnapshot } from '@/features/devices/devices.queries'
import { FactsPanel } from '@/features/devices/facts-panel'
import { LayersPanel } from '@/features/devices/layers-panel'
import { ReleasePanel } from '@/features/devices/release-panel'
import { DiagnosticsButton } from '@/features/diagnostics/diagnostics-button'
import { ServicesPanel } from '@/features/devices/services-panel'
import { TagsPanel } from '@/features/devices/tags-panel'
import { ReasonsPanel } from '@/features/health/reasons-panel'
import { MetricsPanel } from '@/features/metrics/metrics-panel'
import { NotesPanel } from '@/features/notes/notes-panel'
import { ShareButton } from '@/features/share/share-button'
import { LastEventsPanel, TimelinePanel } from '@/features/timeline/timeline-panel'
import { WatchButton } from '@/features/watches/watch-button'
import { ApiError } from '@/lib/api'
import { useLiveQuery } from '@/live/use-live-query'
import { loadPart } from '@/lib/load-part'
import { FleetContext } from '@/lib/permission'
import { LinkTabs } from '@/ui/link-tabs'
import { QueryView } from '@/ui/query-view'
import { LoadingState } from '@/ui/states'
import { NotFound } from './error.route'

const LogView = lazy(() =>
  loadPart(() => import('@/features/logs/log-view')).then((module) => ({ default: module.LogView })),
)

const KeyPanel = lazy(() =>
  loadPart(() => import('@/features/devices/key-panel')).then((module) => ({ default: module.KeyPanel })),
)
const KeyRevokedNote = lazy(() =>
  loadPart(() => import('@/features/devices/key-note')).then((module) => ({
    default: module.KeyRevokedNote,
  })),
)
const DeviceVariables = lazy(() =>
  loadPart(() => import('@/features/devices/device-variables')).then((module) => ({
    default: module.DeviceVariables,
  })),
)
const DeviceCompare = lazy(() =>
  loadPart(() => import('@/features/compare/device-compare')).then((module) => ({
    default: module.DeviceCompare,
  })),
)
const DeviceTimeline = lazy(() =>
  loadPart(() => import('@/features/timeline/device-timeline')).then((module) => ({
    default: module.DeviceTimeline,
  })),
)
const MetricStrips = lazy(() =>
  loadPart(() => import('@/features/metrics/metric-strips')).then((module) => ({
    default: module.MetricStrips,
  })),
)

const LAST_EVENTS = 8
const LAST_ACTIONS = 4

type Ask = ReturnType<typeof useAction>['ask']

function Overview({ snapshot, ask }: { snapshot: DeviceSnapshot; ask: Ask }) {
  const { device, freshEvents } = snapshot
  return (
    <div className="grid items-start gap-4 xl:grid-cols-[minmax(0,1.9fr)_minmax(20rem,1fr)]">
      <div className="min-w-0 space-y-4">
        <ReasonsPanel device={device} />
        <LayersPanel device={device} />
        <ReleasePanel device={device} />
        <ServicesPanel device={device} ask={ask} refusalOf={(kind) => refusalText(kind, device)} />
        <MetricsPanel device={device} />
      </div>
      <div className="min-w-0 space-y-4">
        <LastEventsPanel uuid={device.uuid} fresh={freshEvents} count={LAST_EVENTS} />
        <FactsPanel device={device} />
        <TagsPanel device={device} />
        <NotesPanel device={device} />
        <ActionHistory
          uuid={device.uuid}
          version={device.actionSteps}
          count={LAST_ACTIONS}
          onRetry={(action) => ask(action.kind, action.serviceName ?? undefined)}
        />
        <Suspense fallback={null}>
          <KeyPanel
            device={device}
            onRotate={() => ask('rotate-key')}
            refusal={refusalText('rotate-key', device)}
          />
        </Suspense>
      </div>
    </div>
  )
}

function Tab({ tab, snapshot, ask }: { tab: string; snapshot: DeviceSnapshot; ask: Ask }) {
  const { device } = snapshot
  switch (tab) {
    case 'overview':
      return <Overview snapshot={snapshot} ask={ask} />
    case 'logs':
      return (
        <Suspense fallback={<LoadingState what="logs" />}>
          <LogView
            deviceUuid={device.uuid}
            services={[...new Set(device.services.map((service) => service.name))]}
          />
        </Suspense>
      )
    case 'timeline':
      return (
        <Suspense fallback={<LoadingState what="the timeline" />}>
          <DeviceTimeline uuid={device.uuid} since={device.createdAt} version={snapshot.eventVersion}>
            {(span) => <MetricStrips uuid={device.uuid} span={span} />}
          </DeviceTimeline>
        </Suspense>
      )
    case 'compare':
      return (
        <Suspense fallback={<LoadingState what="the comparison" />}>
          <DeviceCompare uuid={device.uuid} />
        </Suspense>
      )
    case 'variables':
      return (
        <Suspense fallback={<LoadingState what="variables" />}>
          <DeviceVariables device={device} />
        </Suspense>
      )
    case 'events':
      return <TimelinePanel uuid={device.uuid} fresh={snapshot.freshEvents} />
    case 'actions':
      return (
        <ActionHistory
          uuid={device.uuid}
          version={device.actionSteps}
          onRetry={(action) => ask(action.kind, action.serviceName ?? undefined)}
        />
      )
    default:
      return <NotFound />
  }
}

function DevicePage({ snapshot, tab }: { snapshot: DeviceSnapshot; tab: string }) {
  const { device } = snapshot
  const action = useAction(device)
  const items = useActionItems(device, action.ask)
  const base = `/devices/${device.uuid}`
  return (
    <>
      <DeviceHeader device={device} actionItems={items}>
        <ShareButton since={device.createdAt} />
        <WatchButton uuid={device.uuid} />
        <DiagnosticsButton device={device} />
      </DeviceHeader>
      {device.key.state === 'revoked' && (
        <Suspense fallback={null}>
          <KeyRevokedNote device={device} />
        </Suspense>
      )}
      <LastKnownNote device={device} />
      <LinkTabs label="Device" tabs={tabsOf(base)} />
      <Tab tab={tab} snapshot={snapshot} ask={action.ask} />
      {action.dialog}
    </>
  )
}

const tabsOf = (base: string) => [
  { to: base, label: 'Overview', isExact: true },
  { to: `${base}/timeline`, label: 'Timeline' },
  { to: `${base}/logs`, label: 'Logs' },
  { to: `${base}/compare`, label: 'Compare' },
  { to: `${base}/variables`, label: 'Variables' },
  { to: `${base}/events`, label: 'Events' },
  { to: `${base}/actions`, label: 'Actions' },
]

function LivePage({ uuid, tab }: { uuid: DeviceDetail['uuid']; tab: string }) {
  const query = useLiveQuery(deviceQueries.one(uuid))
  const isUnknown = query.error instanceof ApiError && query.error.status === 404
  if (query.data?.isDeleted === true || isUnknown)
    return <DeviceGone name={query.data?.device.name ?? null} />
  return (
    <QueryView query={query} what="the device">
      {(snapshot) => (
        <FleetContext value={snapshot.device.fleetId}>
          <DevicePage snapshot={snapshot} tab={tab} />
        </FleetContext>
      )}
    </QueryView>
  )
}

export function Component() {
  const { uuid = '', tab = 'overview' } = useParams()
  // An address that cannot be a device's is not asked for.
  if (!deviceUuid.safeParse(uuid).success) return <DeviceGone name={null} />
  return <LivePage key={uuid} uuid={uuid} tab={tab} />
}
