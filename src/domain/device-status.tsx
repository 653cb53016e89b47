import { Check, Wifi, WifiHigh, WifiOff } from 'lucide-react'
import type { Connectivity, DeviceRow } from '#contract/device'
import type { Health, HealthReason } from '#contract/health'
import { Meter } from '@/ui/meter'
import { RelativeTime } from '@/ui/relative-time'
import { Badge, Status } from '@/ui/status'
import { connectivityWords, healthWords, reasonWords, updateWords } from './device-words'

export function HealthStatus({ health }: { health: Health }) {
  const { label, tone } = healthWords[health]
  return <Status tone={tone}>{label}</Status>
}

export function HealthBadge({ health }: { health: Health }) {
  const { label, tone } = healthWords[health]
  return <Badge tone={tone}>{label}</Badge>
}

const connectivityIcons = { online: Wifi, late: WifiHigh, offline: WifiOff, never: WifiOff }

/** Whether the device is heard, and since when not. */
export function ConnectivityStatus(props: { connectivity: Connectivity; changedAt: string | null }) {
  const { label, tone } = connectivityWords[props.connectivity]
  return (
    <Status tone={tone} icon={connectivityIcons[props.connectivity]}>
      {label}
      {props.connectivity === 'offline' && props.changedAt !== null && (
        <span className="text-ink-muted">
          {' '}
          since <RelativeTime at={props.changedAt} />
        </span>
      )}
    </Status>
  )
}

/** A reason as a pill; the evidence on hover. */
export function ReasonBadge({ reason }: { reason: HealthReason }) {
  const label = reasonWords[reason.code]
  return (
    <Badge tone={reason.severity} title={reason.evidence}>
      {reason.service === undefined ? label : `${reason.service}: ${label.toLowerCase()}`}
    </Badge>
  )
}

/** Where the device is on its way to its target, with the download's progress. */
export function UpdateStatus({ device }: { device: Pick<DeviceRow, 'updateState' | 'updatePercent'> }) {
  const { label, tone } = updateWords[device.updateState]
  if (device.updateState !== 'downloading' || device.updatePercent === null)
    return (
      <Status tone={tone} {...(device.updateState === 'idle' ? { icon: Check } : {})}>
        {label}
      </Status>
    )
  return (
    <span className="flex items-center gap-2">
      <Meter label="Downloaded" percent={device.updatePercent} className="w-20" />
      <span className="text-updating tabular-nums">{device.updatePercent} %</span>
    </span>
  )
}
