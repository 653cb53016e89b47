import type { Connectivity, UpdateState } from '#contract/device'
import type { HealthReason } from '#contract/health'
import { osVersionIn } from '#contract/host-os'
import type { RolloutDeviceState } from '#contract/rollout'
import { isAway, type Observation } from './engine/member.engine.ts'

/** A device of a rollout as its rows tell of it: what it was told, what it last reported, what it had before. */
export type DeviceFacts = {
  state: RolloutDeviceState
  offered_at: Date | null
  soaked_ms: number | null
  is_gone: boolean
  /** Pinned since it became a member, and the plan leaves pinned devices alone. */
  is_held: boolean
  connectivity: Connectivity
  connectivity_changed_at: Date | null
  last_seen_at: Date | null
  health_reasons: HealthReason[]
  /** What the rollout sends: one of the two. */
  release_id: number | null
  sent_os_version: string | null
  current_release_id: number | null
  target_release_id: number | null
  update_state: UpdateState
  update_percent: number | null
  /** As it reports it, with the name of the OS. */
  os_version: string | null
  target_os_version: string | null
  previous_os_version: string | null
  previous_target_os_version: string | null
  /** What it tells by tags of an update of its host OS; null: it does not tell. */
  os_phase: string | null
  os_percent: string | null
  /** When and why it last rolled a host OS update back. */
  os_rollback: { at: string; detail: string } | null
}

type Progress = Pick<Observation, 'progress' | 'percent' | 'evidence'>
type Way = Pick<Observation, 'isTargetOurs' | 'isBack' | 'wayBack'>

const simply = (progress: Observation['progress']): Progress => ({ progress, percent: null, evidence: null })

function releaseProgress(row: DeviceFacts): Progress {
  if (row.current_release_id === row.release_id) return simply('arrived')
  if (row.os_phase === 'rebooting') return simply('rebooting')
  switch (row.update_state) {
    case 'downloading':
      return { ...simply('downloading'), percent: row.update_percent }
    case 'rejected':
    case 'aborted':
      return simply(row.update_state)
    case 'downloaded':
    case 'applying':
      return simply('installing')
    case 'idle':
    case 'waiting':
      return simply('none')
  }
}

function releaseWay(row: DeviceFacts): Way {
  const isBackTarget = row.target_release_id !== null && row.target_release_id !== row.release_id
  return {
    isTargetOurs: row.target_release_id === row.release_id,
    isBack: isBackTarget && row.current_release_id === row.target_release_id,
    wayBack: row.target_release_id === null ? 'none' : isBackTarget ? 'open' : 'same-release',
  }
}

/** Phases in which a device works towards another host OS, as what they show. */
const osPhases: Record<string, Observation['progress']> = {
  downloading: 'downloading',
  'writing inactive': 'installing',
  hooks: 'installing',
  'reboot pending': 'installing',
  rebooting: 'rebooting',
  // It has booted; the version follows with its next report.
  trial: 'rebooting',
}
const percentOf = (text: string | null) =>
  text !== null && /^(\d{1,2}|100)$/.test(text) ? Number(text) : null

/** Why it rolled a host OS update back since it was offered this one; null when it has not told of it. */
function rollbackTold({ os_rollback: rollback, offered_at: offeredAt, os_phase: phase }: DeviceFacts) {
  if (phase !== 'rolled back' || rollback === null || offeredAt === null) return null
  return Date.parse(rollback.at) >= offeredAt.getTime() ? rollback.detail : null
}

/** Whether it gave the new system up without saying so: it had it, or was about to boot it, and runs the old one. */
function hasFallenBack(row: DeviceFacts, running: string): boolean {
  if (osPhases[row.os_phase ?? ''] !== undefined || running !== row.previous_os_version) return false
  const hadArrived = row.state === 'verifying' || (row.state === 'offline' && row.soaked_ms !== null)
  // A device that tells its phases says that it reboots into the new slot: found idle on the old one, it fell back.
  return hadArrived || (row.state === 'rebooting' && row.os_phase === 'idle')
}

function osProgress(row: DeviceFacts): Progress {
  const running = osVersionIn(row.os_version)
  if (running === null) return simply('none')
  if (running === row.sent_os_version) return simply(row.os_phase === 'trial' ? 'on-trial' : 'arrived')
  const told = rollbackTold(row)
  if (told !== null || hasFallenBack(row, running))
    return { ...simply('reverted'), evidence: told ?? `it runs host OS ${running} again` }
  const progress = osPhases[row.os_phase ?? ''] ?? 'none'
  return { ...simply(progress), percent: progress === 'downloading' ? percentOf(row.os_percent) : null }
}

function osWay(row: DeviceFacts): Way {
  const running = osVersionIn(row.os_version)
  const target = row.target_os_version
  const isBackTarget = target !== null && target !== row.sent_os_version
  const isSettled = osPhases[row.os_phase ?? ''] === undefined
  const before = [row.previous_os_version, row.previous_target_os_version]
  // One that went back by itself was given its former target; it waits with that for another attempt.
  const isToBeAsked =
    (row.state === 'waiting' || row.state === 'offline') && target === row.previous_target_os_version
  return {
    isTargetOurs: target === row.sent_os_version || isToBeAsked,
    isBack: running !== null && running !== row.sent_os_version && isSettled && before.includes(running),
    wayBack: target === null ? 'none' : isBackTarget ? 'open' : 'same-release',
  }
}

/** What was last heard of a device, in the words of the engine: the same for releases and for host OS versions. */
export function observationOf(row: DeviceFacts): Observation {
  const isOs = row.sent_os_version !== null
  return {
    isGone: row.is_gone,
    isHeld: row.is_held,
    connectivity: row.connectivity,
    offlineSinceMs: isAway(row.connectivity) ? (row.connectivity_changed_at?.getTime() ?? 0) : null,
    heardAtMs: row.last_seen_at?.getTime() ?? null,
    ...(isOs ? osProgress(row) : releaseProgress(row)),
    ...(isOs ? osWay(row) : releaseWay(row)),
    troubles: row.health_reasons.map((reason) => ({
      code: reason.code,
      service: reason.service ?? null,
      sinceMs: Date.parse(reason.since),
      evidence: reason.evidence,
      isServiceFailure: reason.layer === 'service' && reason.severity === 'critical',
    })),
  }
}
