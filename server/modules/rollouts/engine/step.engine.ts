import { isUpdating, offer, stepMember } from './member.engine.ts'
import { judgePhases } from './phases.engine.ts'
import {
  isOpened,
  Step,
  type PhaseStanding,
  type RolloutSituation,
  type RolloutStep,
  type CountedMember,
} from './situation.engine.ts'
import { unfinished, type PhaseTally } from './tally.engine.ts'
import { isInWindow } from './window.engine.ts'

const MINUTE_MS = 60_000

/**
 * A step offers to this many at the most; the runner comes back for the rest at once. Offered devices are locked until the
 * step is stored, and their reports wait for it.
 */
export const OFFERS_PER_STEP = 500

/** How many devices of the rollout are updating now. */
export const updatingCount = (phases: readonly PhaseStanding[]) =>
  phases.reduce(
    (sum, { tally }) =>
      sum +
      Object.entries(tally.states).reduce(
        (inPhase, [state, n]) => inPhase + (isUpdating(state as keyof PhaseTally['states']) ? n : 0),
        0,
      ),
    0,
  )

/** Gateways take over from each other, and their clocks differ by this much at the most. */
const CLOCK_DIFFERENCE_MS = 2 * MINUTE_MS

/** Offers made so far in the minute that counts: the present one, or one that a clock ahead of this has begun. */
function startsOf({ starts }: Pick<RolloutSituation, 'starts'>, nowMs: number): RolloutSituation['starts'] {
  const minuteMs = Math.floor(nowMs / MINUTE_MS) * MINUTE_MS
  const aheadMs = starts.minuteMs - minuteMs
  return aheadMs >= 0 && aheadMs <= CLOCK_DIFFERENCE_MS ? starts : { minuteMs, count: 0 }
}

/** When the rate lets the next device be offered, ms since the epoch; null: it lets one now. */
export function rateOpensAtMs(
  situation: Pick<RolloutSituation, 'plan' | 'starts'>,
  nowMs: number,
): number | null {
  const { startsPerMinute } = situation.plan
  const { minuteMs, count } = startsOf(situation, nowMs)
  return startsPerMinute !== null && count >= startsPerMinute ? minuteMs + MINUTE_MS : null
}

/**
 * How many more devices may be offered the release now: 0 unless running. The runner reads that many waiting devices
 * of the open phases and no more, so a step costs what changes, not the size of the rollout.
 */
export function offerCapacity(situation: RolloutSituation, nowMs: number): number {
  const { state, plan, phases } = situation
  if (state !== 'running' || !phases.some(isOpened)) return 0
  const free = plan.maxUpdating === null ? Number.POSITIVE_INFINITY : plan.maxUpdating - updatingCount(phases)
  const { count } = startsOf(situation, nowMs)
  const rate = plan.startsPerMinute === null ? Number.POSITIVE_INFINITY : plan.startsPerMinute - count
  return Math.max(0, Math.min(free, rate))
}

/** Offers the release to waiting devices of phases that were opened, in order, as far as rate and window let it. */
function makeOffers(step: Step, waiting: readonly CountedMember[]): void {
  const { plan } = step.situation
  const opened = new Set(step.phases.filter(isOpened).map((phase) => phase.index))
  const after = { ...step.situation, state: step.state, phases: step.phases, starts: step.starts }
  let capacity = Math.min(OFFERS_PER_STEP, offerCapacity(after, step.nowMs))
  const { minuteMs, count } = startsOf(step, step.nowMs)
  let started = count
  const order = [...waiting].sort((a, b) => a.phaseIndex - b.phaseIndex || a.position - b.position)
  for (const member of order) {
    if (capacity <= 0) break
    const record = step.decisions.get(member.deviceId)?.record ?? member.record
    const isDue = record.notBeforeMs === null || record.notBeforeMs <= step.nowMs
    if (record.state !== 'waiting' || !isDue || !opened.has(member.phaseIndex)) continue
    if (!isInWindow(plan.window, member.timeZone, step.nowMs)) continue
    capacity--
    started++
    step.settle(member, { ...offer(plan, member, step.nowMs), attempts: record.attempts }, step.nowMs, true)
  }
  step.starts = { minuteMs, count: started }
}

function conclude(step: Step): void {
  const left = step.phases.reduce((sum, phase) => sum + unfinished(phase.tally), 0)
  if (left > 0) return
  if (step.state === 'running' && step.phases.every((phase) => phase.state === 'passed')) {
    step.state = 'completed'
    step.tell('completed', null, 'Every device has ended; the rollout is complete.')
    // Not in the step that trips: the devices are yet to be set on their way back.
  } else if (step.situation.state === 'rolling-back') {
    step.state = 'rolled-back'
    step.tell('rolled-back', null, 'Every touched device is back on what it ran before.')
  }
}

/**
 * One step of a rollout: what each of these devices is now, whether the open phase passes or trips, and which waiting
 * devices are offered the release.
 *
 * Pure: no clock, no I/O. `members` are the devices with news (changed, or due by time); `waiting` the next ones in
 * order that may be offered, at most `offerCapacity` of them. Only what differs from what is stored is answered.
 *
 * INVARIANTS (guarded by rollouts.engine.test.ts): never more than `plan.maxUpdating` updating by its own offers, nor
 * more than `plan.startsPerMinute` offers in a minute; no offer unless running; no offer in a phase before the gates of
 * all phases before it passed; a terminal state is never left; kept tallies equal counted ones.
 */
export function advanceRollout(
  situation: RolloutSituation,
  members: readonly CountedMember[],
  waiting: readonly CountedMember[],
  nowMs: number,
): RolloutStep {
  const step = new Step(situation, nowMs)
  const seen = new Set(members.map((member) => member.deviceId))
  const others = waiting.filter((member) => !seen.has(member.deviceId))
  // Who was pinned meanwhile is not offered it, though the news of it is yet to come.
  for (const member of [...members, ...others.filter((other) => other.seen.isHeld)]) {
    const record = stepMember(situation, member, nowMs) ?? member.record
    step.settle(member, record, member.offeredAtMs, false)
  }
  const criteria = step.state === 'running' ? judgePhases(step) : []
  if (step.state === 'running') makeOffers(step, [...members, ...others])
  conclude(step)
  return {
    state: step.state,
    phases: step.phases,
    starts: step.starts,
    decisions: [...step.decisions.values()],
    events: step.events,
    criteria,
  }
}
