import { ArrowRight, Pin } from 'lucide-react'
import { Link } from 'react-router'
import type { DeviceDetail, UpdateBytes } from '#contract/device'
import type { ReleaseRef } from '#contract/fleet'
import { UpdateStatus } from '@/domain/device-status'
import { formatBytes, formatNoun, formatSaving, shortHash } from '@/lib/format'
import { Meter } from '@/ui/meter'
import { Panel } from '@/ui/panel'

function ReleaseName({ label, release, hint }: { label: string; release: ReleaseRef | null; hint: string }) {
  return (
    <div className="min-w-0">
      <p className="text-ink-muted text-[13px]">{label}</p>
      <p className="truncate text-base font-semibold">
        {release === null ? (
          <span className="text-ink-muted font-normal">none</span>
        ) : (
          <Link to={`/releases/${release.id}`} className="hover:underline">
            {release.semver}
          </Link>
        )}
      </p>
      <p className="text-ink-muted truncate text-[13px]">
        {release === null ? hint : <span className="font-mono">{shortHash(release.commit)}</span>}
      </p>
    </div>
  )
}

const modeWords: Record<UpdateBytes['mode'], string> = {
  delta: 'as deltas',
  full: 'as full images',
  unknown: '',
}

/** Bytes sent against those of a full pull, with where the figures come from. */
function Bytes({ bytes }: { bytes: UpdateBytes }) {
  const percent = bytes.fullBytes === 0 ? 0 : (bytes.sentBytes / bytes.fullBytes) * 100
  return (
    <div>
      <p className="flex flex-wrap items-baseline justify-between gap-x-3">
        <span>
          <span className="font-medium tabular-nums">{formatBytes(bytes.sentBytes)}</span> sent{' '}
          {modeWords[bytes.mode]}
        </span>
        <span className="text-ink-muted tabular-nums">
          {formatBytes(bytes.fullBytes)} for a full pull · {formatSaving(bytes.sentBytes, bytes.fullBytes)}
        </span>
      </p>
      <Meter label="Bytes sent, of a full pull" percent={percent} tone="ok" className="mt-1.5" />
      <p className="text-ink-muted mt-1.5 text-[13px]">
        {bytes.isEstimate
          ? 'Last update, estimated from the layers of the images: the device does not tell what it fetched.'
          : 'Last update, as the device tells it.'}
      </p>
    </div>
  )
}

function Progress({ device }: { device: DeviceDetail }) {
  const loading = device.services.filter((service) => service.downloadPercent !== null)
  if (device.updateState === 'idle' && loading.length === 0) return null
  return (
    <div className="space-y-2">
      <div className="flex items-center gap-3">
        {device.updatePercent === null ? (
          <UpdateStatus device={device} />
        ) : (
          <>
            <Meter label="Update downloaded" percent={device.updatePercent} className="h-2.5 flex-1" />
            <span className="text-updating w-24 text-right font-medium tabular-nums">
              {device.updatePercent} % loaded
            </span>
          </>
        )}
      </div>
      {loading.length > 0 && (
        <ul className="text-ink-soft space-y-1 text-[13px]">
          {loading.map((service) => (
            <li key={`${service.name}/${service.releaseCommit ?? ''}`} className="flex items-center gap-3">
              <span className="w-32 truncate">{service.name}</span>
              <Meter
                label={`${service.name} downloaded`}
                percent={service.downloadPercent ?? 0}
                className="h-1.5 flex-1"
              />
              <span className="w-12 text-right tabular-nums">{service.downloadPercent} %</span>
            </li>
          ))}
        </ul>
      )}
    </div>
  )
}

/** What the device should run against what it runs, and how far it is on the way. */
export function ReleasePanel({ device }: { device: DeviceDetail }) {
  const isSame = device.targetRelease?.id === device.currentRelease?.id
  const isUnheard = device.connectivity === 'offline' || device.connectivity === 'never'
  return (
    <Panel
      title="Release"
      actions={
        device.pinnedRelease ? (
          <span className="text-ink-soft flex items-center gap-1.5 text-[13px]">
            <Pin className="size-4" aria-hidden /> Pinned to {device.pinnedRelease.semver}
          </span>
        ) : (
          <span className="text-ink-muted text-[13px]">Follows its fleet</span>
        )
      }
    >
      <div className="space-y-4">
        <div className="grid grid-cols-[minmax(0,1fr)_auto_minmax(0,1fr)] items-center gap-4">
          <ReleaseName
            label={isUnheard ? 'Ran when last heard' : 'Runs'}
            release={device.currentRelease}
            hint="Nothing reported yet"
          />
          <ArrowRight className="text-ink-muted size-5" aria-hidden />
          <ReleaseName
            label="Should run"
            release={device.targetRelease}
            hint="Its fleet offers no release that fits it"
          />
        </div>
        {isSame && device.updateState === 'idle' && device.currentRelease !== null && (
          <p className="text-ink-muted">
            It runs its target, with {formatNoun(device.services.length, 'service')}.
          </p>
        )}
        {!isSame && isUnheard && (
          <p className="text-ink-muted">
            It will be offered its target when it returns; a download that was cut off goes on where it
            stopped.
          </p>
        )}
        <Progress device={device} />
        {device.lastUpdate && <Bytes bytes={device.lastUpdate} />}
      </div>
    </Panel>
  )
}
