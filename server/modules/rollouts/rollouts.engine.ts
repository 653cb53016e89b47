import type { Connectivity, UpdateState } from '#contract/device'
import type { RolloutDeviceState, RolloutPlan, RolloutState } from '#contract/rollout'

/** One device of a rollout: what is stored of it, and what was last observed. */
export type RolloutMember = {
  deviceId: number
  phaseIndex: number
  /** Place in the rollout's own deterministic order. */
  position: number
  state: RolloutDeviceState
  isOffered: boolean
  verifyingSinceMs: number | null
  previousReleaseId: number | null
  connectivity: Connectivity
  updateState: UpdateState
  updatePercent: number | null
  currentReleaseId: number | null
  targetReleaseId: number | null
  /** Sentence of the worst service-layer reason that counts against the release, or null. */
  serviceTrouble: string | null
  /** Whether that trouble began before the device was offered the release. */
  isTroubleOld: boolean
  isRebooting: boolean
}

export type RolloutSituation = {
  state: RolloutState
  releaseId: number
  plan: RolloutPlan
  /** Index of the last phase that is open; 0 at start. */
  openPhase: number
}

/** What the engine wants stored for one device. */
export type RolloutDecision = {
  deviceId: number
  state: RolloutDeviceState
  percent: number | null
  reason: string | null
  verifyingSinceMs: number | null
  /** The runner assigns the release and computes the device's target. */
  isOffer: boolean
}

/** The default window of the crash-loop rule, and a minute for the report that says it is over. */
const OLD_TROUBLE_MS = 11 * 60_000

const TERMINAL: ReadonlySet<RolloutDeviceState> = new Set(['succeeded', 'failed', 'rolled-back', 'skipped'])
const UPDATING: ReadonlySet<RolloutDeviceState> = new Set([
  'offered',
  'downloading',
  'installing',
  'rebooting',
  'verifying',
])

export const isTerminal = (state: RolloutDeviceState) => TERMINAL.has(state)
export const isUpdating = (state: RolloutDeviceState) => UPDATING.has(state)

/** A rollout whose devices are still watched; `aborted` goes on watching what it had already offered. */
export const isWatched = (state: RolloutState) => state !== 'completed' && state !== 'rolled-back'

type Observed = Omit<RolloutDecision, 'deviceId' | 'isOffer'>

const at = (state: RolloutDeviceState, more: Partial<Observed> = {}): Observed => ({
  state,
  percent: null,
  reason: null,
  verifyingSinceMs: null,
  ...more,
})

/** How far a device that was offered its way is, from what it last said. */
function observeProgress(member: RolloutMember): Observed {
  if (member.isRebooting) return at('rebooting')
  switch (member.updateState) {
    case 'downloading':
      return at('downloading', { percent: member.updatePercent ?? 0 })
    case 'downloaded':
    case 'applying':
      return at('installing')
    case 'rejected':
      return at('failed', { reason: 'The device rejected the release: its requirements are not met' })
    case 'aborted':
      return at('failed', { reason: 'The supervisor aborted the update' })
    case 'idle':
    case 'waiting':
      return at('offered')
  }
}

function observeForward(situation: RolloutSituation, member: RolloutMember, nowMs: number): Observed {
  if (member.connectivity === 'offline' || member.connectivity === 'never') {
    return at('offline', { verifyingSinceMs: member.verifyingSinceMs })
  }
  if (!member.isOffered) return at('waiting')
  if (member.targetReleaseId !== situation.releaseId) {
    return at('skipped', { reason: 'Somebody gave the device another release meanwhile' })
  }
  if (member.currentReleaseId !== situation.releaseId) return observeProgress(member)
  const since = member.verifyingSinceMs ?? nowMs
  const soakMs = (situation.plan.phases[member.phaseIndex]?.soakSeconds ?? 0) * 1000
  if (member.serviceTrouble !== null) {
    // The release may be what mends it: the device is given the time in which old restarts are forgotten.
    const isExcused = member.isTroubleOld && nowMs - since < Math.max(soakMs, OLD_TROUBLE_MS)
    return isExcused
      ? at('verifying', { verifyingSinceMs: since })
      : at('failed', { reason: member.serviceTrouble })
  }
  return nowMs - since >= soakMs ? at('succeeded') : at('verifying', { verifyingSinceMs: since })
}

/** While rolling back, the goal of a touched device is to run what it should run by the target it was given back. */
function observeBackward(situation: RolloutSituation, member: RolloutMember): Observed {
  if (!member.isOffered) return at('skipped', { reason: 'Rolled back before it was offered' })
  if (member.targetReleaseId === null)
    return at('skipped', { reason: 'It has no earlier release to return to' })
  if (member.targetReleaseId === situation.releaseId)
    return at('skipped', { reason: 'Its pin, its fleet or another rollout gives it this release too' })
  if (member.connectivity === 'offline' || member.connectivity === 'never') return at('offline')
  if (member.currentReleaseId === member.targetReleaseId) return at('rolled-back')
  const progress = observeProgress(member)
  return progress.state === 'failed' ? at('failed', { reason: progress.reason }) : progress
}

function observe(situation: RolloutSituation, member: RolloutMember, nowMs: number): Observed {
  if (situation.state === 'rolling-back') return observeBackward(situation, member)
  if (situation.state === 'aborted' && !member.isOffered) {
    return at('skipped', { reason: 'The rollout was aborted before it was offered' })
  }
  return observeForward(situation, member, nowMs)
}

/**
 * One step of a rollout: what each of these devices is now, and which waiting ones are offered the release.
 *
 * Pure: no clock, no I/O. `members` may be any part of the rollout's devices; `updatingElsewhere` is how many
 * devices outside `members` are updating, so that the rate holds. Only devices whose decision differs from
 * what is stored are answered.
 *
 * INVARIANTS (guarded by rollouts.engine.test.ts): never more than `plan.maxUpdating` updating at once;
 * no offer unless running; no offer beyond the open phase; a terminal state is never left.
 */
export function advanceRollout(
  situation: RolloutSituation,
  members: readonly RolloutMember[],
  updatingElsewhere: number,
  nowMs: number,
): RolloutDecision[] {
  const decisions = new Map<number, RolloutDecision>()
  const waiting: RolloutMember[] = []
  let updating = updatingElsewhere
  for (const member of members) {
    if (isTerminal(member.state)) continue
    const seen = observe(situation, member, nowMs)
    if (isUpdating(seen.state)) updating++
    if (seen.state === 'waiting') waiting.push(member)
    if (
      seen.state !== member.state ||
      seen.percent !== null ||
      seen.verifyingSinceMs !== member.verifyingSinceMs
    ) {
      decisions.set(member.deviceId, { deviceId: member.deviceId, ...seen, isOffer: false })
    }
  }
  if (situation.state !== 'running') return [...decisions.values()]
  const limit = situation.plan.maxUpdating ?? Number.POSITIVE_INFINITY
  waiting.sort((a, b) => a.phaseIndex - b.phaseIndex || a.position - b.position)
  for (const member of waiting) {
    if (updating >= limit || member.phaseIndex > situation.openPhase) break
    updating++
    decisions.set(member.deviceId, { deviceId: member.deviceId, ...at('offered'), isOffer: true })
  }
  return [...decisions.values()]
}

/** What the rollout itself becomes once no device is left on its way; null: it stays as it is. */
export function settleRollout(state: RolloutState, unfinished: number): RolloutState | null {
  if (unfinished > 0) return null
  if (state === 'running') return 'completed'
  if (state === 'rolling-back') return 'rolled-back'
  return null
}

/**
 * Deterministic place of a device in a rollout's order: FNV-1a over rollout id and device uuid, as a
 * non-negative 31-bit integer. Not for security; only so that membership of phases never changes.
 */
export function rolloutPosition(rolloutId: number, uuid: string): number {
  let hash = 0x811c9dc5
  for (const character of `${rolloutId}:${uuid}`) {
    hash ^= character.charCodeAt(0)
    hash = Math.imul(hash, 0x01000193)
  }
  return hash >>> 1
}

/** Phase of the device at place `rank` of `total` (0-based): the first whose cumulative share covers it. */
export function phaseOfRank(plan: RolloutPlan, rank: number, total: number): number {
  const index = plan.phases.findIndex((phase) => rank < Math.ceil((phase.percent / 100) * total))
  return index === -1 ? plan.phases.length - 1 : index
}
