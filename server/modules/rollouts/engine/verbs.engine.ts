import type { RolloutState } from '#contract/rollout'
import { enter, type MemberRecord } from './member.engine.ts'
import { Step, type CountedMember, type RolloutSituation, type RolloutStep } from './situation.engine.ts'

/** Failed, or went back by itself: until the rollout turns back nobody else is rolled back. */
export const hasFallen = ({ record }: CountedMember) =>
  record.state === 'failed' || record.state === 'rolled-back'

/** A verb that touches devices which had ended: they are counted anew as what `change` makes of them. */
function reopen(
  situation: RolloutSituation,
  state: RolloutState,
  members: readonly CountedMember[],
  nowMs: number,
  change: (member: CountedMember) => MemberRecord | null,
): RolloutStep {
  const step = new Step({ ...situation, state }, nowMs)
  for (const member of members) {
    const record = change(member)
    if (record) step.settle(member, record, member.offeredAtMs, false)
  }
  const { phases, starts, events } = step
  return { state, phases, starts, decisions: [...step.decisions.values()], events, criteria: [] }
}

/**
 * Begins to roll back: every device that was touched and is still ours is on its way again, also those that had
 * succeeded or failed. Their targets are restored by the runner before; the next steps see them arrive.
 */
export const beginRollBack = (
  situation: RolloutSituation,
  members: readonly CountedMember[],
  nowMs: number,
) =>
  reopen(situation, 'rolling-back', members, nowMs, (member) =>
    member.offeredAtMs === null || member.record.state === 'skipped'
      ? null
      : enter(member, 'offered', {
          attempts: 0,
          // Why it failed is told to the end, also of devices that are back by then.
          reason: hasFallen(member) ? member.record.reason : null,
        }),
  )

/** Gives failed devices, and those that went back by themselves, another attempt; an ended rollout runs again. */
export const retryFailed = (situation: RolloutSituation, members: readonly CountedMember[], nowMs: number) =>
  reopen(
    situation,
    situation.state === 'completed' ? 'running' : situation.state,
    members,
    nowMs,
    (member) =>
      hasFallen(member)
        ? enter(member, 'waiting', { attempts: 0, notBeforeMs: nowMs, dueAtMs: nowMs })
        : null,
  )
