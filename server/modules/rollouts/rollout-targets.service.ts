import type { Change } from '../../platform/changes.ts'
import { recomputeTargets } from '../../platform/device-target.ts'
import { isTerminal } from './engine/member.engine.ts'
import type { RolloutStep } from './engine/situation.engine.ts'
import { restoreFleet } from './rollout-fleet.service.ts'
import { assignOsVersion, settleOsTargets, turnOsBack } from './rollout-os-targets.store.ts'
import type { StoredRollout } from './rollout-phases.store.ts'
import { sentBy } from './rollout-split.rules.ts'
import { assignRelease, restoreKept, restoreTargets } from './rollout-targets.store.ts'
import type { Trx } from './rollouts.service.ts'

/** What a stored rollout sends. */
export const sentOf = (rollout: StoredRollout) =>
  sentBy({ releaseId: rollout.release_id, osVersion: rollout.os_version })

/** Gives these devices what the rollout sends. Answers the devices whose target moved. */
export async function giveTargets(
  trx: Trx,
  rollout: StoredRollout,
  deviceIds: readonly number[],
  now: Date,
): Promise<Change[]> {
  const sent = sentOf(rollout)
  if (sent.kind === 'host-os') return assignOsVersion(trx, rollout.id, sent.osVersion, deviceIds, now)
  await assignRelease(trx, rollout.id, sent.releaseId, deviceIds, now)
  return recomputeTargets(trx, { deviceIds }, now)
}

/** Gives every touched device its way back to what it had. */
export async function turnTargetsBack(trx: Trx, rollout: StoredRollout, now: Date): Promise<Change[]> {
  if (sentOf(rollout).kind === 'host-os') return turnOsBack(trx, rollout.id)
  await restoreFleet(trx, rollout)
  await restoreTargets(trx, rollout.id)
  const changes = await recomputeTargets(trx, { fleetId: rollout.fleet_id }, now)
  return [...changes, ...(await restoreKept(trx, rollout.id, now))]
}

/**
 * A device that is back, or went back by itself, is told exactly what it was told before. Only a host OS needs it: a
 * release is given back at once when the rollout turns back.
 */
export async function settleTargets(
  trx: Trx,
  rollout: StoredRollout,
  { decisions }: RolloutStep,
): Promise<Change[]> {
  if (sentOf(rollout).kind !== 'host-os') return []
  // As it was before the step: who succeeds in the step that turns the rollout back has its way back before it.
  const settled = decisions.filter(({ record }) =>
    rollout.state === 'rolling-back' ? isTerminal(record.state) : record.state === 'rolled-back',
  )
  return settleOsTargets(
    trx,
    rollout.id,
    settled.map((decision) => decision.deviceId),
  )
}
