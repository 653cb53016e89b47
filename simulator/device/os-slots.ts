import { reservedTags } from '#contract/device-protocol'

export type Slot = 'A' | 'B'
/** How a host OS update ends: well, unhealthy in its trial, or the new system never comes up. */
export type OsOutcome = 'ok' | 'unhealthy' | 'no-boot'
export type OsPhase =
  | 'idle'
  | 'downloading'
  | 'writing inactive'
  | 'hooks'
  | 'reboot pending'
  | 'rebooting'
  | 'trial'
  | 'committed'
  | 'rolled back'

/** The two root slots of the host OS (device-protocol section 9); one runs, the other is written to. */
export type OsSlots = {
  active: Slot
  versions: Record<Slot, string | null>
  phase: OsPhase
  /** Of the download under way. */
  percent: number
  /** The target asked for the update under way, so it can call it off. */
  isByTarget: boolean
  bootCount: number
  rollback: string | null
  outcome: OsOutcome
  /** A version that was rolled back is not tried again by itself. */
  refused: string | null
}

/** `previous`: what the passive slot holds from the update before; null: it was never written. */
export const makeSlots = (version: string, previous: string | null = null): OsSlots => ({
  active: 'A',
  versions: { A: version, B: previous },
  phase: 'idle',
  percent: 0,
  isByTarget: false,
  bootCount: 0,
  rollback: null,
  outcome: 'ok',
  refused: null,
})

const other = (slot: Slot): Slot => (slot === 'A' ? 'B' : 'A')
export const activeVersion = (slots: OsSlots): string => slots.versions[slots.active] ?? 'unknown'

export const isUpdatingOs = (slots: OsSlots): boolean =>
  slots.phase !== 'idle' && slots.phase !== 'committed' && slots.phase !== 'rolled back'

/** Begins to write `version` to the passive slot; nothing when an update is under way or it runs already. */
export function beginOsUpdate(
  slots: OsSlots,
  version: string,
  outcome: OsOutcome,
  isByTarget = false,
): boolean {
  if (isUpdatingOs(slots) || activeVersion(slots) === version) return false
  Object.assign(slots, {
    phase: 'downloading',
    percent: 0,
    outcome,
    isByTarget,
    rollback: null,
    bootCount: 0,
  })
  slots.versions[other(slots.active)] = version
  return true
}

/** Gives up an update that a target asked for and no longer does, while the old system still runs; whether it did. */
export function cancelOsUpdate(slots: OsSlots, wanted: string | null): boolean {
  const passive = other(slots.active)
  const isUnderWay = isUpdatingOs(slots) && slots.phase !== 'rebooting' && slots.phase !== 'trial'
  if (!slots.isByTarget || !isUnderWay || slots.versions[passive] === wanted) return false
  slots.versions[passive] = null
  slots.phase = 'idle'
  return true
}

const DOWNLOAD_STEP_PERCENT = 10

/** How long the present phase lasts (a download: its next part), in device time; null: it stays. */
export function phaseMs(slots: OsSlots): number | null {
  switch (slots.phase) {
    case 'downloading':
      return 6_000
    case 'writing inactive':
      return 45_000
    case 'hooks':
      return 12_000
    case 'reboot pending':
      return 8_000
    case 'trial':
      return slots.outcome === 'unhealthy' ? 90_000 : 60_000
    case 'committed':
      return 60_000
    case 'idle':
    case 'rebooting':
    case 'rolled back':
      return null
  }
}

/** The next phase once the present one is over; answers whether the device must reboot now. */
export function nextPhase(slots: OsSlots): { mustReboot: boolean; line: string | null } {
  const version = slots.versions[other(slots.active)] ?? ''
  switch (slots.phase) {
    case 'downloading':
      slots.percent += DOWNLOAD_STEP_PERCENT
      if (slots.percent < 100) return { mustReboot: false, line: null }
      slots.phase = 'writing inactive'
      return { mustReboot: false, line: `Writing balenaOS ${version} to resin-root${other(slots.active)}` }
    case 'writing inactive':
      slots.phase = 'hooks'
      return { mustReboot: false, line: 'Running hostapp-update hooks' }
    case 'hooks':
      slots.phase = 'reboot pending'
      return { mustReboot: false, line: 'Host OS update is written, rebooting into it' }
    case 'reboot pending':
      slots.phase = 'rebooting'
      return { mustReboot: true, line: null }
    case 'trial':
      if (slots.outcome === 'unhealthy')
        return { mustReboot: true, line: 'rollback-health: engine is not healthy' }
      slots.phase = 'committed'
      return { mustReboot: false, line: 'rollback-health: system is healthy, update committed' }
    case 'committed':
      slots.phase = 'idle'
      return { mustReboot: false, line: null }
    case 'idle':
    case 'rebooting':
    case 'rolled back':
      return { mustReboot: false, line: null }
  }
}

function rollBack(slots: OsSlots, from: Slot, why: string): void {
  slots.active = other(from)
  slots.phase = 'rolled back'
  slots.refused = slots.versions[from]
  slots.rollback = `balenaOS ${slots.versions[from] ?? ''} ${why}; runs ${activeVersion(slots)} again`
}

/** What the bootloader and the boot scripts decide: try the new slot, keep it, or go back to the old one. */
export function bootSlots(slots: OsSlots): void {
  if (slots.phase === 'rebooting') {
    const tried = other(slots.active)
    if (slots.outcome === 'no-boot') {
      slots.bootCount = 2
      rollBack(slots, tried, 'did not boot')
      return
    }
    slots.active = tried
    slots.phase = 'trial'
    slots.bootCount = 1
  } else if (slots.phase === 'trial') {
    slots.bootCount += 1
    if (slots.outcome === 'unhealthy') rollBack(slots, slots.active, 'failed its health check')
  } else if (slots.phase !== 'rolled back' && slots.phase !== 'committed') {
    // A cut while the passive slot was written: it holds half a system and is written anew some other time.
    if (slots.phase !== 'idle') slots.versions[other(slots.active)] = null
    slots.phase = 'idle'
  }
}

/** The slots as the tags tell them. */
export function osTags(slots: OsSlots): Record<string, string> {
  const passive = other(slots.active)
  return {
    [reservedTags.osSlot]: slots.active,
    [reservedTags.osPassive]: `${passive} ${slots.versions[passive] ?? ''}`.trim(),
    [reservedTags.osPhase]: slots.phase,
    [reservedTags.osPercent]: slots.phase === 'downloading' ? String(slots.percent) : '',
    [reservedTags.osBootCount]: String(slots.bootCount),
    [reservedTags.osRollback]: slots.rollback ?? '',
  }
}
