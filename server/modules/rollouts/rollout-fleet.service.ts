import type { Change } from '../../platform/changes.ts'
import { recomputeTargets } from '../../platform/device-target.ts'
import type { StoredRollout } from './rollout-phases.store.ts'
import type { Trx } from './rollouts.service.ts'

/**
 * When nobody of a whole fleet waits any more, the fleet itself is pinned to the release, so that devices which
 * join later get it too. Rolling back or aborting restores the policy it had.
 */
export async function pinFleet(trx: Trx, fleetId: number, releaseId: number, now: Date): Promise<Change[]> {
  await trx
    .updateTable('fleet')
    .set({ policy: 'pinned', target_release_id: releaseId })
    .where('id', '=', fleetId)
    .execute()
  return [...(await recomputeTargets(trx, { fleetId }, now)), { kind: 'fleet', fleetId }]
}

export async function restoreFleet(trx: Trx, rollout: StoredRollout): Promise<void> {
  // A policy somebody set meanwhile is theirs, not ours to undo.
  if (rollout.filter !== null) return
  await trx
    .updateTable('fleet')
    .set({ policy: rollout.previous_policy, target_release_id: rollout.previous_target_release_id })
    .where('id', '=', rollout.fleet_id)
    .where('policy', '=', 'pinned')
    .where('target_release_id', '=', rollout.release_id)
    .execute()
}
