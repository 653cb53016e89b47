import type { Connectivity } from '#contract/device'
import type { RolloutDeviceState, RolloutState } from '#contract/rollout'
import type { RolloutPlan } from '#contract/rollout-plan'

/** A reason the device's health shows, as far as gates care. */
export type Trouble = {
  code: string
  service: string | null
  sinceMs: number
  evidence: string
  /** A critical trouble of a service counts against the release. */
  isServiceFailure: boolean
}

/** What was last heard of a device, in the words of the engine: the same for releases and for host OS versions. */
export type Observation = {
  /** Deleted, or moved to another fleet. */
  isGone: boolean
  connectivity: Connectivity
  /** Since when it cannot be heard, ms since the epoch; null while it can. */
  offlineSinceMs: number | null
  /** When it was last heard at all. Silence is noticed late: until then a device that fell silent seems to be well. */
  heardAtMs: number | null
  progress:
    | 'none'
    | 'downloading'
    | 'installing'
    | 'rebooting'
    /** Runs it, and may still go back by itself. */
    | 'on-trial'
    | 'arrived'
    | 'rejected'
    | 'aborted'
    /** Went back by itself since it was offered. */
    | 'reverted'
  percent: number | null
  /** What the device says of it, in words. */
  evidence: string | null
  /** Its target is still what the rollout gave it. */
  isTargetOurs: boolean
  /** Somebody pinned it before it was offered, and the plan leaves pinned devices alone. */
  isHeld: boolean
  /** It runs again what it ran before the rollout touched it. */
  isBack: boolean
  /** Whether its target leads it back: not where it has none, or where something else gives it this release too. */
  wayBack: 'open' | 'none' | 'same-release'
  troubles: readonly Trouble[]
}

/** One device of a rollout: what is stored of it, and what was last observed. Times are ms since the epoch. */
export type RolloutMember = {
  deviceId: number
  phaseIndex: number
  position: number
  deviceType: string
  timeZone: string | null
  offeredAtMs: number | null
  /** Its first offer: from then on what it shows counts, however often it is asked again. */
  firstOfferedAtMs: number | null
  record: MemberRecord
  seen: Observation
}

/** What is stored of a member and changes with a step. */
export type MemberRecord = {
  state: RolloutDeviceState
  percent: number | null
  reason: string | null
  /** Failed attempts so far. */
  attempts: number
  verifyingSinceMs: number | null
  /** Soak time it had behind it when it went offline: its clock stands still meanwhile. */
  soakedMs: number | null
  /** It waits for its next attempt until then. */
  notBeforeMs: number | null
  deadlineAtMs: number | null
  /** What was left of its deadline when it went offline. */
  deadlineLeftMs: number | null
  /** When time alone changes it next; null: only news of the device does. */
  dueAtMs: number | null
}

/** The rollout around a device. */
type Frame = { state: RolloutState; plan: RolloutPlan; startedAtMs: number }

const SECOND_MS = 1000
const MINUTE_MS = 60_000
const DAY_MS = 86_400_000
const TERMINAL: ReadonlySet<RolloutDeviceState> = new Set(['succeeded', 'failed', 'rolled-back', 'skipped'])
/** A device that soaks has its update behind it, so it takes no place of `maxUpdating`. */
const UPDATING: ReadonlySet<RolloutDeviceState> = new Set([
  'offered',
  'downloading',
  'installing',
  'rebooting',
])
export const isTerminal = (state: RolloutDeviceState) => TERMINAL.has(state)
export const isUpdating = (state: RolloutDeviceState) => UPDATING.has(state)
export const isAway = (connectivity: Connectivity) => connectivity === 'offline' || connectivity === 'never'

/** A record of a device in this state, without anything else. */
export const fresh = (state: RolloutDeviceState, more: Partial<MemberRecord> = {}): MemberRecord => ({
  state,
  percent: null,
  reason: null,
  attempts: 0,
  verifyingSinceMs: null,
  soakedMs: null,
  notBeforeMs: null,
  deadlineAtMs: null,
  deadlineLeftMs: null,
  dueAtMs: null,
  ...more,
})
export const enter = (
  member: RolloutMember,
  state: RolloutDeviceState,
  more: Partial<MemberRecord> = {},
): MemberRecord => fresh(state, { attempts: member.record.attempts, ...more })
const end = (
  member: RolloutMember,
  state: 'succeeded' | 'failed' | 'rolled-back' | 'skipped',
  reason: string | null,
) => enter(member, state, { reason })

/** A failed attempt: another one after a wait that doubles, or the end. */
function fail(plan: RolloutPlan, member: RolloutMember, reason: string, nowMs: number): MemberRecord {
  const attempts = member.record.attempts + 1
  const { attempts: retries, backoffSeconds } = plan.retries
  if (attempts > retries) return { ...end(member, 'failed', reason), attempts }
  const notBeforeMs = nowMs + backoffSeconds * 1000 * 2 ** (attempts - 1)
  return enter(member, 'waiting', {
    attempts,
    reason: `Attempt ${attempts} of ${retries + 1} failed: ${reason}`,
    notBeforeMs,
    dueAtMs: notBeforeMs,
  })
}

function stepOffline({ plan, startedAtMs }: Frame, member: RolloutMember, nowMs: number): MemberRecord {
  // What was silent before the rollout began is owed from its beginning.
  const sinceMs = Math.max(member.seen.offlineSinceMs ?? nowMs, startedAtMs)
  const owedUntilMs = plan.offlineOwedDays === null ? null : sinceMs + plan.offlineOwedDays * DAY_MS
  if (owedUntilMs !== null && nowMs >= owedUntilMs) {
    return end(
      member,
      'skipped',
      `Not heard for ${plan.offlineOwedDays ?? 0} days, so it is no longer owed the update`,
    )
  }
  return enter(member, 'offline', {
    soakedMs:
      member.record.verifyingSinceMs === null
        ? member.record.soakedMs
        : Math.max(0, nowMs - member.record.verifyingSinceMs),
    deadlineLeftMs:
      member.record.deadlineAtMs === null
        ? member.record.deadlineLeftMs
        : Math.max(0, member.record.deadlineAtMs - nowMs),
    notBeforeMs: member.record.notBeforeMs,
    dueAtMs: owedUntilMs,
  })
}

/** The default window of the crash-loop rule, and a minute for the report that says it is over. */
const OLD_TROUBLE_MS = 11 * MINUTE_MS

/** The newest that counts against the release: a service that fails on it. */
const serviceFailure = (member: RolloutMember): Trouble | null =>
  member.seen.troubles
    .filter((trouble) => trouble.isServiceFailure)
    .reduce<Trouble | null>((newest, one) => (newest && newest.sinceMs >= one.sinceMs ? newest : one), null)

function stepArrived(plan: RolloutPlan, member: RolloutMember, nowMs: number): MemberRecord {
  const sinceMs = member.record.verifyingSinceMs ?? nowMs - (member.record.soakedMs ?? 0)
  // The control group soaks as long as the plan's last phase.
  const soakSeconds = (plan.phases[member.phaseIndex] ?? plan.phases.at(-1))?.soakSeconds ?? 0
  const failure = serviceFailure(member)
  if (failure) {
    // The release may be what mends an old trouble: the device is given the time in which old restarts are forgotten.
    const excusedUntilMs = sinceMs + Math.max(soakSeconds * 1000, OLD_TROUBLE_MS)
    const isExcused = failure.sinceMs < (member.offeredAtMs ?? 0) && nowMs < excusedUntilMs
    return isExcused
      ? enter(member, 'verifying', { verifyingSinceMs: sinceMs, dueAtMs: excusedUntilMs })
      : fail(plan, member, failure.evidence, nowMs)
  }
  const doneAtMs = sinceMs + soakSeconds * 1000
  if (nowMs >= doneAtMs && (soakSeconds === 0 || hasBeenHeard(member, doneAtMs)))
    return end(member, 'succeeded', null)
  return enter(member, 'verifying', { verifyingSinceMs: sinceMs, dueAtMs: lookAgainAt(doneAtMs, nowMs) })
}

/** Time alone proves nothing of a device: what its clock ends is decided when it is heard after that. */
const hasBeenHeard = (member: RolloutMember, atMs: number) => (member.seen.heardAtMs ?? 0) >= atMs

/** A poll that tells nothing new wakes nobody: past `atMs` a device that waits for one is looked at ever less often. */
const lookAgainAt = (atMs: number, nowMs: number) =>
  nowMs < atMs ? atMs : nowMs + Math.min(MINUTE_MS, Math.max(SECOND_MS, nowMs - atMs))

const failures = {
  rejected: 'The device rejected the release: its requirements are not met',
  aborted: 'The supervisor aborted the update',
} as const

/** It tried and gave up by itself: asking again would make it boot a bad system again, so there is no further attempt. */
const revertedReason = ({ seen }: RolloutMember) =>
  `Rolled back by the device: ${seen.evidence ?? 'the new version did not come up healthy'}`

function stepUnderWay(plan: RolloutPlan, member: RolloutMember, nowMs: number): MemberRecord {
  const { progress } = member.seen
  if (progress === 'arrived') return stepArrived(plan, member, nowMs)
  if (progress === 'reverted') return end(member, 'rolled-back', revertedReason(member))
  if (progress === 'rejected' || progress === 'aborted') return fail(plan, member, failures[progress], nowMs)
  const deadlineAtMs =
    member.record.deadlineAtMs ??
    (member.record.deadlineLeftMs === null ? null : nowMs + member.record.deadlineLeftMs) ??
    newDeadline(plan, nowMs)
  if (deadlineAtMs !== null && nowMs >= deadlineAtMs && hasBeenHeard(member, deadlineAtMs))
    return fail(plan, member, `Not finished within ${plan.deviceDeadlineMinutes ?? 0} minutes`, nowMs)
  const under = { deadlineAtMs, dueAtMs: deadlineAtMs === null ? null : lookAgainAt(deadlineAtMs, nowMs) }
  if (progress === 'none') return enter(member, 'offered', under)
  if (progress === 'on-trial') return enter(member, 'verifying', under)
  return enter(member, progress, {
    ...under,
    percent: progress === 'downloading' ? (member.seen.percent ?? 0) : null,
  })
}

const newDeadline = (plan: RolloutPlan, nowMs: number) =>
  plan.deviceDeadlineMinutes === null ? null : nowMs + plan.deviceDeadlineMinutes * MINUTE_MS

/** The change with which a device is offered the release (again, after a failed attempt). */
export function offer(plan: RolloutPlan, member: RolloutMember, nowMs: number): MemberRecord {
  const deadlineAtMs = newDeadline(plan, nowMs)
  return enter(member, 'offered', { deadlineAtMs, dueAtMs: deadlineAtMs })
}

function stepForward(frame: Frame, member: RolloutMember, nowMs: number): MemberRecord {
  if (member.seen.isGone) return end(member, 'skipped', 'The device was deleted or moved to another fleet')
  if (member.offeredAtMs === null && member.seen.isHeld)
    return end(
      member,
      'skipped',
      'Somebody pinned the device meanwhile; the plan leaves pinned devices alone',
    )
  if (isAway(member.seen.connectivity)) return stepOffline(frame, member, nowMs)
  const isRetrying = member.record.notBeforeMs !== null
  if (member.offeredAtMs === null) return enter(member, 'waiting')
  if (!member.seen.isTargetOurs)
    return end(member, 'skipped', 'Somebody gave the device another target meanwhile')
  if (isRetrying)
    return enter(member, 'waiting', {
      notBeforeMs: member.record.notBeforeMs,
      dueAtMs:
        member.record.notBeforeMs !== null && member.record.notBeforeMs > nowMs
          ? member.record.notBeforeMs
          : null,
      reason: `Attempt ${member.record.attempts} failed; it will be asked again`,
    })
  return stepUnderWay(frame.plan, member, nowMs)
}

/** While rolling back, the goal of a touched device is to run again what it ran before. */
function stepBackward(frame: Frame, member: RolloutMember, nowMs: number): MemberRecord {
  const { seen } = member
  const { reason } = member.record
  if (member.offeredAtMs === null) return end(member, 'skipped', 'Rolled back before it was offered')
  if (seen.isGone) return end(member, 'skipped', 'The device was deleted or moved to another fleet')
  if (seen.isBack) return end(member, 'rolled-back', reason)
  if (seen.wayBack === 'none') return end(member, 'skipped', 'It has nothing earlier to return to')
  if (seen.wayBack === 'same-release')
    return end(member, 'skipped', 'Its own target, its fleet or another rollout gives it this version too')
  if (isAway(seen.connectivity)) return { ...stepOffline(frame, member, nowMs), reason }
  if (seen.progress === 'rejected' || seen.progress === 'aborted')
    return end(member, 'failed', failures[seen.progress])
  if (seen.progress === 'reverted') return end(member, 'failed', revertedReason(member))
  const { progress } = seen
  if (progress === 'downloading' || progress === 'installing' || progress === 'rebooting')
    return enter(member, progress, {
      reason,
      percent: progress === 'downloading' ? (seen.percent ?? 0) : null,
    })
  return enter(member, 'offered', { reason })
}

/**
 * What a device of a rollout is now, from what was stored and what was last heard. Pure. A terminal state is never
 * left (null); who waits and may be offered is decided by the step of the whole rollout.
 */
export function stepMember(frame: Frame, member: RolloutMember, nowMs: number): MemberRecord | null {
  const { state } = frame
  if (isTerminal(member.record.state)) return null
  if (state === 'rolling-back') return stepBackward(frame, member, nowMs)
  if (state === 'aborted' && member.offeredAtMs === null)
    return end(member, 'skipped', 'The rollout was aborted before it was offered')
  if (state === 'aborted' && member.record.notBeforeMs !== null)
    return end(
      member,
      'failed',
      `The rollout was aborted before its next attempt. ${member.record.reason ?? ''}`.trim(),
    )
  return stepForward(frame, member, nowMs)
}

/** Whether storing `next` would alter anything. */
export const isNews = (held: MemberRecord, next: MemberRecord): boolean =>
  (Object.keys(next) as (keyof MemberRecord)[]).some((field) => next[field] !== held[field])
