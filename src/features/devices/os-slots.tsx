import { RotateCcw } from 'lucide-react'
import type { DeviceDetail } from '#contract/device'
import { osVersionIn } from '#contract/host-os'
import { cn } from '@/lib/cn'
import { formatNoun } from '@/lib/format'
import { Status } from '@/ui/status'

type HostOs = DeviceDetail['hostOs']

function Slot({ name, version, isActive }: { name: string; version: string | null; isActive: boolean }) {
  return (
    <div
      className={cn(
        'min-w-0 flex-1 basis-40 rounded-md border px-2.5 py-1.5',
        isActive ? 'border-accent/60 bg-accent-soft/50' : 'border-line border-dashed',
      )}
    >
      <p className="text-[13px]">
        <span className="font-medium">Slot {name}</span>{' '}
        <span className="text-ink-muted">{isActive ? 'active, booted' : 'passive'}</span>
      </p>
      <p className="truncate tabular-nums" title={version ?? undefined}>
        {version ?? <span className="text-ink-muted">empty or not told</span>}
      </p>
    </div>
  )
}

const calmPhases = ['idle', 'committed', 'rolled back']
const phaseWords: Record<string, string> = {
  idle: 'No host OS update is under way.',
  downloading: 'A host OS update is being downloaded.',
  'writing inactive': 'A host OS update is being written to the passive slot.',
  hooks: 'The update is written; its hooks prepare the passive slot for booting.',
  'reboot pending': 'The passive slot is ready; the device boots it next.',
  rebooting: 'The device is booting the other slot.',
  trial: 'The new host OS runs on trial; if it is not healthy the device boots the old one again.',
  committed: 'The new host OS proved healthy and is kept.',
  'rolled back': 'The last update was given up; the device booted the old host OS again.',
}

/** What it should run, where that is not what runs. */
function Target({ hostOs: { version, targetVersion } }: { hostOs: HostOs }) {
  if (targetVersion === null || osVersionIn(version) === osVersionIn(targetVersion)) return null
  return (
    <>
      {' '}
      Should run host OS <span className="text-ink font-medium">{targetVersion}</span>.
    </>
  )
}

/** Both slots of the host OS, what is under way between them, and a rollback that happened. */
export function OsSlots({ hostOs }: { hostOs: HostOs }) {
  const { slots } = hostOs
  if (slots === null)
    return (
      <p className="text-ink-muted mt-1 text-[13px]">
        {hostOs.variant !== null && `Variant ${hostOs.variant}. `}
        This device does not tell of its A/B slots.
        <Target hostOs={hostOs} />
      </p>
    )
  const isMoving = !calmPhases.includes(slots.phase)
  return (
    <div className="mt-2 space-y-1.5">
      <div className="flex flex-wrap gap-2">
        <Slot name={slots.active.name} version={slots.active.version} isActive />
        {slots.passive && <Slot name={slots.passive.name} version={slots.passive.version} isActive={false} />}
      </div>
      <p className="text-ink-muted text-[13px]">
        {isMoving ? (
          <Status tone="updating">{phaseWords[slots.phase] ?? `Update phase: ${slots.phase}`}</Status>
        ) : (
          phaseWords[slots.phase]
        )}
        {slots.bootCount !== null && slots.bootCount > 0 && (
          <> Booted {formatNoun(slots.bootCount, 'time')} on trial.</>
        )}
        <Target hostOs={hostOs} />
      </p>
      {slots.rollback !== null && (
        <Status tone="critical" icon={RotateCcw} className="items-start text-[13px]">
          <span className="whitespace-normal">Rolled back: {slots.rollback}</span>
        </Status>
      )}
    </div>
  )
}
