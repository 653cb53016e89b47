import type { DeviceDetail } from '#contract/device'
import { formatMib } from '@/lib/format'
import { formatDuration, formatInstant } from '@/lib/time'
import { CopyButton } from '@/ui/copy-button'
import { FactList } from '@/ui/fact-list'
import { Panel } from '@/ui/panel'
import { RelativeTime } from '@/ui/relative-time'

const none = <span className="text-ink-muted">not reported</span>

/** A device's clock against the gateway's: `1 min ahead`. */
export function skewText(skewMs: number | null): string | null {
  if (skewMs === null) return null
  if (Math.abs(skewMs) < 1000) return 'right to the second'
  return `${formatDuration(Math.abs(skewMs))} ${skewMs > 0 ? 'ahead' : 'behind'}`
}

const secondsText = (ms: number) => (ms < 120_000 ? `${Math.round(ms / 1000)} s` : formatDuration(ms))

/** What kind of thing it is, where it is in the network, and when it was heard. */
export function FactsPanel({ device }: { device: DeviceDetail }) {
  const isOnline = device.connectivity === 'online'
  const size = (used: number | null, total: number | null) =>
    used === null || total === null ? none : `${formatMib(used)} of ${formatMib(total)}`
  const facts = [
    {
      name: 'UUID',
      value: (
        <span className="flex items-start gap-1">
          <span className="min-w-0 font-mono text-[13px] break-all">{device.uuid}</span>
          <span className="-my-1">
            <CopyButton text={device.uuid} label="Copy the UUID" />
          </span>
        </span>
      ),
    },
    { name: 'Device type', value: device.deviceType },
    { name: 'Architecture', value: device.architecture },
    { name: 'Host OS', value: device.osVersion ?? none },
    { name: 'Supervisor', value: device.supervisorVersion ?? none },
    { name: 'IP address', value: device.ipAddress ?? none },
    { name: 'MAC address', value: device.macAddress ?? none },
    { name: 'CPU id', value: device.cpuId ?? none },
    { name: 'Memory', value: size(device.memoryUsedMib, device.memoryTotalMib) },
    { name: 'Storage', value: size(device.storageUsedMib, device.storageTotalMib) },
    { name: 'First seen', value: formatInstant(device.createdAt) },
    {
      name: 'Last poll',
      value: device.isAskedBySource ? (
        <span className="text-ink-muted">heard by its backend</span>
      ) : isOnline ? (
        `within its interval of ${secondsText(device.pollIntervalMs)}`
      ) : (
        <RelativeTime at={device.lastPollAt} />
      ),
    },
    { name: 'Last report', value: <RelativeTime at={device.lastReportAt} /> },
    {
      name: 'Its clock',
      value: skewText(device.clockSkewMs) ?? <span className="text-ink-muted">not measured</span>,
    },
    {
      name: 'Action channel',
      value: device.isAskedBySource
        ? 'its backend hands actions on'
        : device.hasActionChannel
          ? 'open: actions reach it at once'
          : 'closed: actions wait',
    },
  ]
  return (
    <Panel title="Device">
      <FactList facts={facts} />
    </Panel>
  )
}
