import { fresh, type Observation } from './member.engine.ts'
import { rolloutPosition } from './phase-order.engine.ts'
import type { CountedMember, PhaseStanding, RolloutSituation } from './situation.engine.ts'
import { count, marksOf } from './tally.engine.ts'

/** A device that joined the fleet while the rollout was under way. */
export type Newcomer = {
  deviceId: number
  uuid: string
  deviceType: string
  timeZone: string | null
  /** Why it does not take part: incompatible, pinned, owned by another rollout; null: it does. */
  obstacle: string | null
  seen: Observation
}

/** Whether devices that join now become part of the rollout. */
export const takesNewcomers = ({ state, plan }: Pick<RolloutSituation, 'state' | 'plan'>) =>
  plan.newcomers === 'last-phase' && (state === 'running' || state === 'paused')

/**
 * Makes newcomers members of the plan's last phase, each in the place that its uuid gives it, and counts them there; the
 * control group stays as it is, since it was drawn at the start. Pure.
 */
export function admitNewcomers(
  situation: RolloutSituation,
  rolloutId: number,
  newcomers: readonly Newcomer[],
): { phases: PhaseStanding[]; members: CountedMember[] } {
  const { plan, phases, startedAtMs } = situation
  const phaseIndex = plan.phases.length - 1
  const last = phases[phaseIndex]
  if (!takesNewcomers(situation) || !last || newcomers.length === 0)
    return { phases: [...phases], members: [] }
  const tally = structuredClone(last.tally)
  const members = newcomers.map((newcomer): CountedMember => {
    const { deviceId, uuid, deviceType, timeZone, obstacle, seen } = newcomer
    const isAway = seen.offlineSinceMs !== null
    const record =
      obstacle === null
        ? fresh(isAway ? 'offline' : 'waiting')
        : fresh('skipped', { reason: `Joined the fleet during the rollout. ${obstacle}` })
    const marks = marksOf(record, null, seen, startedAtMs)
    count(tally, deviceType, marks, 1)
    const position = rolloutPosition(rolloutId, uuid)
    const placed = { deviceId, phaseIndex, position, deviceType, timeZone }
    return { ...placed, offeredAtMs: null, firstOfferedAtMs: null, record, marks, seen }
  })
  return {
    phases: phases.map((phase) => (phase.index === phaseIndex ? { ...phase, tally } : phase)),
    members,
  }
}
