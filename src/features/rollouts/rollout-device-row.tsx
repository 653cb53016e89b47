import { Link } from 'react-router'
import type { RolloutDevice } from '#contract/rollout'
import { RelativeTime } from '@/ui/relative-time'
import { Cell } from '@/ui/table'
import { useFlash } from '@/ui/use-flash'
import { DeviceBytes, DeviceReason, DeviceState } from './rollout-device-parts'

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
        <DeviceReason device={device} />
      </Cell>
      <Cell>
        <DeviceBytes device={device} />
      </Cell>
      <Cell className="whitespace-nowrap">
        {device.previousRelease === null ? (
          (device.previousOsVersion ?? <span className="text-ink-muted">–</span>)
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
