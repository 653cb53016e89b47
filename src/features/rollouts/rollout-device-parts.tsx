import { Link } from 'react-router'
import type { RolloutDevice } from '#contract/rollout'
import { rolloutDeviceWords } from '@/domain/device-words'
import { formatBytes, formatSaving } from '@/lib/format'
import { Meter } from '@/ui/meter'
import { RelativeTime } from '@/ui/relative-time'
import { Status } from '@/ui/status'

/** Where the device is on its way; an unheard one says since when. */
export function DeviceState({ device }: { device: RolloutDevice }) {
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
export function DeviceBytes({ device }: { device: RolloutDevice }) {
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

/** Why it failed or was left out; a failed one is a click from its logs. */
export function DeviceReason({ device }: { device: RolloutDevice }) {
  if (device.reason === null) return <span className="text-ink-muted">–</span>
  return (
    <>
      <span className="break-words">{device.reason}</span>
      {(device.state === 'failed' || device.state === 'rolled-back') && (
        <Link
          to={`/devices/${device.uuid}/logs`}
          className="text-accent-ink ml-1.5 underline underline-offset-2"
        >
          Logs
        </Link>
      )}
    </>
  )
}
