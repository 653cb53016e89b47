import type { RolloutPlan } from '#contract/rollout-plan'
import {
  isOpened,
  type CountedMember,
  type RolloutSituation,
  type RolloutStep,
} from './engine/situation.engine.ts'
import { offerCapacity, OFFERS_PER_STEP, rateOpensAtMs } from './engine/step.engine.ts'
import { isInWindow, windowOpensAtMs } from './engine/window.engine.ts'
import { readMembers, readWaitingZones } from './rollout-members.store.ts'
import type { StoredRollout } from './rollout-phases.store.ts'
import type { Trx } from './rollouts.service.ts'

/** The next devices that wait, how many were asked for, and when a window opens that is closed for some of them. */
export type NextWaiting = { members: CountedMember[]; asked: number; windowOpensAtMs: number | null }

export async function readNextWaiting(
  trx: Trx,
  rollout: StoredRollout,
  situation: RolloutSituation,
  now: Date,
): Promise<NextWaiting> {
  const asked = Math.min(OFFERS_PER_STEP, offerCapacity(situation, now.getTime()))
  // The devices of a phase that opens in this very step are read by the next one, which then follows at once.
  const phases = situation.phases
    .filter((phase) => isOpened(phase) && phase.tally.states.waiting > 0)
    .map((phase) => phase.index)
  if (asked <= 0 || phases.length === 0 || situation.state !== 'running')
    return { members: [], asked: 0, windowOpensAtMs: null }
  const { window } = situation.plan
  const scope = { kind: 'waiting' as const, phases, timeZones: null, now, limit: asked }
  if (window === null)
    return { members: await readMembers(trx, rollout.id, scope), asked, windowOpensAtMs: null }
  const zones = await readWaitingZones(trx, rollout.id, phases)
  const zoneOf = (zone: string) => (zone === '' ? null : zone)
  const open = zones.filter((zone) => isInWindow(window, zoneOf(zone), now.getTime()))
  const opensAt = zones
    .filter((zone) => !open.includes(zone))
    .map((zone) => windowOpensAtMs(window, zoneOf(zone), now.getTime()))
  return {
    members: open.length === 0 ? [] : await readMembers(trx, rollout.id, { ...scope, timeZones: open }),
    asked,
    windowOpensAtMs: opensAt.length === 0 ? null : Math.min(...opensAt),
  }
}

/** Devices of opened phases that wait to be offered the release. */
const waitingCount = (step: RolloutStep) =>
  step.phases.filter(isOpened).reduce((sum, phase) => sum + phase.tally.states.waiting, 0)

/** Whether more devices can be offered the release at once. */
export function hasMoreToOffer(
  step: RolloutStep,
  plan: RolloutPlan,
  waiting: NextWaiting,
  now: Date,
): boolean {
  if (step.state !== 'running' || waitingCount(step) === 0) return false
  const after = { state: step.state, plan, startedAtMs: 0, phases: step.phases, starts: step.starts }
  if (offerCapacity(after, now.getTime()) === 0) return false
  const opensPhase = step.events.some((event) => event.kind === 'phase-opened')
  // Fewer wait than were asked for: nobody else may be offered it now. Those that were read wait no longer, whatever came of them.
  return waiting.asked === 0 || waiting.members.length >= waiting.asked || opensPhase
}

/** When time alone lets the next device be offered the release. */
export function nextOfferAt(
  step: RolloutStep,
  plan: RolloutPlan,
  waiting: NextWaiting,
  now: Date,
): Date | null {
  if (step.state !== 'running' || waitingCount(step) === 0) return null
  const atMs = rateOpensAtMs({ plan, starts: step.starts }, now.getTime()) ?? waiting.windowOpensAtMs
  return atMs === null ? null : new Date(atMs)
}
