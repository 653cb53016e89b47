import { Link } from 'react-router'
import type { RolloutDevice } from '#contract/rollout'
import { rolloutDeviceWords } from '@/domain/device-words'
import { formatBytes, formatSaving } from '@/lib/format'
import { Meter } from '@/ui/meter'
import { RelativeTime } from '@/ui/relative-time'
import { Status } from '@/ui/status'
import { Cell } from '@/ui/table'
import { useFlash } from '@/ui/use-flash'

/** Where the device is on its way; an unheard one says since when. */
function DeviceState({ device }: { device: RolloutDevice }) {
  const { label, tone } = rolloutDeviceWords[device.state]
  return (
    <div className="min-w-44">
      <div className="flex items-center gap-2">
        <Status tone={tone} className="whitespace-nowrap">
          {label}
        </Status>
        {device.percent !== null && (
          <span className="flex items-center gap-2">
            <Meter label={`${device.name}: downloaded`} percent={device.percent} className="w-20" />
            <span className="text-updating w-9 text-right tabular-nums">{device.percent} %</span>
          </span>
        )}
      </div>
      {device.state === 'offline' && (
        <p className="text-ink-muted text-[13px]">
          last seen <RelativeTime at={device.lastSeenAt} />
        </p>
      )}
    </div>
  )
}

/** What was sent, against a whole pull. */
function DeviceBytes({ device }: { device: RolloutDevice }) {
  const { sentBytes, fullBytes } = device
  if (sentBytes === null) return <span className="text-ink-muted">–</span>
  const isLess = fullBytes !== null && sentBytes < fullBytes
  return (
    <span className="whitespace-nowrap tabular-nums">
      {formatBytes(sentBytes)}
      {fullBytes !== null && <span className="text-ink-muted"> of {formatBytes(fullBytes)}</span>}
      <span className="text-ink-muted block text-[13px]">
        {isLess ? formatSaving(sentBytes, fullBytes) : fullBytes === null ? '' : 'full pull'}
      </span>
    </span>
  )
}

export function RolloutDeviceRow({ device, hasPhase }: { device: RolloutDevice; hasPhase: boolean }) {
  const row = useFlash<HTMLTableRowElement>(device.state)
  return (
    <tr ref={row}>
      <Cell className="max-w-64">
        <Link to={`/devices/${device.uuid}`} className="block truncate font-medium hover:underline">
          {device.name}
        </Link>
        <span className="text-ink-muted block truncate text-[13px]">{device.deviceType}</span>
      </Cell>
      {hasPhase && <Cell className="tabular-nums">{device.phaseIndex + 1}</Cell>}
      <Cell>
        <DeviceState device={device} />
      </Cell>
      <Cell className="max-w-96 min-w-48 text-[13px]">
        {device.reason === null ? (
          <span className="text-ink-muted">–</span>
        ) : (
          <>
            <span className="break-words">{device.reason}</span>
            {device.state === 'failed' && (
              <Link to={`/devices/${device.uuid}/logs`} className="text-accent-ink ml-1.5 hover:underline">
                Logs
              </Link>
            )}
          </>
        )}
      </Cell>
      <Cell>
        <DeviceBytes device={device} />
      </Cell>
      <Cell className="whitespace-nowrap">
        {device.previousRelease === null ? (
          <span className="text-ink-muted">–</span>
        ) : (
          <Link to={`/releases/${device.previousRelease.id}`} className="hover:underline">
            {device.previousRelease.semver}
          </Link>
        )}
      </Cell>
      <Cell className="text-ink-soft whitespace-nowrap">
        <RelativeTime at={device.updatedAt} />
      </Cell>
    </tr>
  )
}
