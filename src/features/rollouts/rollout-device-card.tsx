import { Link } from 'react-router'
import type { RolloutDevice } from '#contract/rollout'
import { RelativeTime } from '@/ui/relative-time'
import { useFlash } from '@/ui/use-flash'
import { DeviceBytes, DeviceReason, DeviceState } from './rollout-device-parts'

/** A row of the devices where the window is too narrow for a table. */
export function RolloutDeviceCard({ device, hasPhase }: { device: RolloutDevice; hasPhase: boolean }) {
  const card = useFlash<HTMLLIElement>(device.state)
  return (
    <li ref={card} className="space-y-1 px-4 py-2.5">
      <div className="flex items-start gap-3">
        <div className="min-w-0 flex-1">
          <Link to={`/devices/${device.uuid}`} className="block truncate font-medium hover:underline">
            {device.name}
          </Link>
          <p className="text-ink-muted truncate text-[13px]">
            {device.deviceType}
            {hasPhase && ` · phase ${device.phaseIndex + 1}`}
          </p>
        </div>
        <span className="text-ink-muted text-[13px]">
          <RelativeTime at={device.updatedAt} />
        </span>
      </div>
      <DeviceState device={device} />
      {device.reason !== null && (
        <p className="text-[13px]">
          <DeviceReason device={device} />
        </p>
      )}
      {device.sentBytes !== null && (
        <div className="text-[13px]">
          <DeviceBytes device={device} />
        </div>
      )}
    </li>
  )
}
