import { Pin } from 'lucide-react'
import type { ReactNode } from 'react'
import type { DeviceRow } from '#contract/device'
import { ConnectivityStatus, HealthStatus, ReasonBadge, UpdateStatus } from '@/domain/device-status'
import { formatMib } from '@/lib/format'
import { Meter } from '@/ui/meter'
import { RelativeTime } from '@/ui/relative-time'
import type { DeviceColumn, DeviceListSearch } from './device-list-search'

type Column = {
  label: string
  widthPx: number
  isNumber?: boolean
  sort?: DeviceListSearch['sort']
  /** Which way the first click on its header sorts. */
  firstDirection?: 'asc' | 'desc'
  /** What it shows shortens itself where it is too long: to cut it off once more would only cost time in every row. */
  isSelfCut?: boolean
  cell: (device: DeviceRow) => ReactNode
}

const none = <span className="text-ink-muted">–</span>
const percentOf = (used: number | null, total: number | null) =>
  used === null || total === null || total <= 0 ? null : Math.round((used / total) * 100)

function Share({ label, used, total }: { label: string; used: number | null; total: number | null }) {
  const percent = percentOf(used, total)
  if (percent === null || used === null || total === null) return none
  return (
    <span
      className="flex items-center justify-end gap-2"
      title={`${formatMib(used)} of ${formatMib(total)} used`}
    >
      <Meter label={label} percent={percent} tone="neutral" className="w-12" />
      <span className="w-10 text-right tabular-nums">{percent} %</span>
    </span>
  )
}

/** What it runs and, when that differs, what it should run. */
export function ReleaseCell({ device }: { device: DeviceRow }) {
  const { currentRelease: current, targetRelease: target } = device
  const isMoving = target !== null && target.id !== current?.id
  return (
    <span className="flex items-center gap-1">
      <span className="truncate">
        {current?.semver ?? <span className="text-ink-muted">none</span>}
        {isMoving && <span className="text-updating"> → {target.semver}</span>}
      </span>
      {device.isPinned && (
        <Pin className="text-ink-muted size-3.5 shrink-0" aria-label="Pinned to its own release" />
      )}
    </span>
  )
}

export function Reasons({ device }: { device: DeviceRow }) {
  const [first, ...others] = device.reasons
  if (first === undefined) return none
  return (
    <span
      className="flex items-center gap-1.5"
      title={device.reasons.map((reason) => reason.evidence).join('\n')}
    >
      <ReasonBadge reason={first} />
      {others.length > 0 && <span className="text-ink-muted text-xs tabular-nums">+{others.length}</span>}
    </span>
  )
}

/** When it was last heard; of a device that is heard now, the very second means nothing. */
export function LastSeen({ device }: { device: DeviceRow }) {
  return device.connectivity === 'online' ? (
    <span className="text-ink-muted">now</span>
  ) : (
    <RelativeTime at={device.lastSeenAt} />
  )
}

function Tags({ tags }: { tags: Record<string, string> }) {
  const entries = Object.entries(tags)
  if (entries.length === 0) return none
  const text = entries.map(([key, value]) => (value === '' ? key : `${key}: ${value}`))
  return (
    <span className="block truncate" title={text.join('\n')}>
      {text.join(' · ')}
    </span>
  )
}

/** Name and health always show; these can be chosen. */
export const columns: Record<DeviceColumn, Column> = {
  fleet: { label: 'Fleet', widthPx: 135, cell: (device) => device.fleetName },
  connectivity: {
    label: 'Connectivity',
    widthPx: 120,
    isSelfCut: true,
    // Since when is told by the column "Last heard".
    cell: (device) => <ConnectivityStatus connectivity={device.connectivity} changedAt={null} />,
  },
  reasons: { label: 'Why', widthPx: 192, isSelfCut: true, cell: (device) => <Reasons device={device} /> },
  update: {
    label: 'Update',
    widthPx: 145,
    isSelfCut: true,
    cell: (device) => <UpdateStatus device={device} />,
  },
  release: {
    label: 'Release',
    widthPx: 140,
    sort: 'release',
    isSelfCut: true,
    firstDirection: 'desc',
    cell: (device) => <ReleaseCell device={device} />,
  },
  os: { label: 'Host OS', widthPx: 150, sort: 'os', cell: (device) => device.osVersion ?? none },
  type: { label: 'Type', widthPx: 160, sort: 'type', cell: (device) => device.deviceType },
  cpu: {
    label: 'CPU',
    widthPx: 80,
    isNumber: true,
    sort: 'cpu',
    firstDirection: 'desc',
    cell: ({ cpuPercent }) => (cpuPercent === null ? none : `${cpuPercent} %`),
  },
  temperature: {
    label: 'Temp.',
    widthPx: 90,
    isNumber: true,
    sort: 'temperature',
    firstDirection: 'desc',
    cell: ({ cpuTemperatureC }) => (cpuTemperatureC === null ? none : `${cpuTemperatureC} °C`),
  },
  memory: {
    label: 'Memory',
    widthPx: 135,
    isNumber: true,
    sort: 'memory',
    firstDirection: 'desc',
    cell: (device) => <Share label="Memory used" used={device.memoryUsedMib} total={device.memoryTotalMib} />,
  },
  storage: {
    label: 'Storage',
    widthPx: 135,
    isNumber: true,
    sort: 'storage',
    firstDirection: 'desc',
    cell: (device) => (
      <Share label="Storage used" used={device.storageUsedMib} total={device.storageTotalMib} />
    ),
  },
  ip: { label: 'IP address', widthPx: 140, cell: (device) => device.ipAddress ?? none },
  tags: { label: 'Tags', widthPx: 200, cell: (device) => <Tags tags={device.tags} /> },
  lastSeen: {
    label: 'Last heard',
    widthPx: 140,
    sort: 'lastSeen',
    firstDirection: 'desc',
    cell: (device) => <LastSeen device={device} />,
  },
}

export const healthColumn = {
  label: 'Health',
  widthPx: 110,
  sort: 'trouble',
  cell: (device: DeviceRow) => <HealthStatus health={device.health} />,
} satisfies Column

/** What a row says beside figures that move with every report: when this changes, the row flashes. */
export const markOf = (device: DeviceRow): string =>
  [
    device.health,
    device.connectivity,
    device.updateState,
    device.currentRelease?.id,
    device.targetRelease?.id,
    device.isPinned,
    device.osVersion,
    ...device.reasons.map((reason) => `${reason.code}/${reason.service ?? ''}`),
  ].join('|')
