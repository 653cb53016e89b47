import { sql, type Selectable } from 'kysely'
import type { z } from 'zod'
import type { RolloutDetail, RolloutVerb, rolloutVerbAnswer } from '#contract/rollout'
import type { Change } from '../../platform/changes.ts'
import type { Schema } from '../../platform/db/schema.ts'
import { lockDevices, recomputeTargets } from '../../platform/device-target.ts'
import { Problem } from '../../platform/problem.ts'
import { readOwners, restoreKept, restoreTargets } from './rollout-members.store.ts'
import {
  lockFleet,
  readExisting,
  refuseOwned,
  type Actor,
  type RolloutDeps,
  type Trx,
} from './rollouts.service.ts'

/**
 * When the last phase opens on a whole fleet, the fleet itself is pinned to the release, so that devices which
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

async function restoreFleet(
  trx: Trx,
  rollout: {
    fleet_id: number
    release_id: number
    filter: unknown
    previous_policy: 'track-latest' | 'pinned'
    previous_target_release_id: number | null
  },
) {
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

const allowed: Record<RolloutVerb, readonly RolloutDetail['state'][]> = {
  pause: ['running'],
  resume: ['paused'],
  abort: ['running', 'paused'],
  'retry-failed': ['running', 'paused', 'completed'],
  'roll-back': ['running', 'paused', 'completed', 'aborted'],
}
/** The state in which the verb has already had its effect: a second click changes nothing. */
const already: Record<RolloutVerb, readonly RolloutDetail['state'][]> = {
  pause: ['paused'],
  resume: ['running'],
  abort: ['aborted'],
  'retry-failed': [],
  'roll-back': ['rolling-back', 'rolled-back'],
}
const done: Record<RolloutVerb, string> = {
  pause: 'Paused',
  resume: 'Resumed',
  abort: 'Aborted',
  'retry-failed': 'Retried the failed devices of',
  'roll-back': 'Began to roll back',
}

/** Applies a verb once; a repeat answers the same state without a second effect. */
export async function actOnRollout(
  deps: RolloutDeps,
  rolloutId: number,
  verb: RolloutVerb,
  reason: string,
  actor: Actor,
): Promise<z.infer<typeof rolloutVerbAnswer>> {
  const now = deps.now()
  const changes = await deps.db.transaction().execute(async (trx): Promise<Change[]> => {
    const rollout = await trx
      .selectFrom('rollout')
      .selectAll()
      .where('id', '=', rolloutId)
      .forUpdate()
      .executeTakeFirst()
    if (!rollout) throw Problem.notFound('rollout', String(rolloutId))
    if (already[verb].includes(rollout.state)) return []
    if (!allowed[verb].includes(rollout.state)) {
      throw Problem.conflict(
        'rollout-state',
        `Rollout ${rolloutId} is ${rollout.state}; "${verb}" is possible while it is ${allowed[verb].join(' or ')}`,
      )
    }
    await lockFleet(trx, rollout.fleet_id)
    if (verb === 'retry-failed' || verb === 'roll-back')
      refuseOwned(await readOwners(trx, rolloutId, verb === 'retry-failed' ? 'failed' : 'touched'))
    const targets = await applyVerb(trx, rollout, verb, now)
    if (targets === null) return []
    await deps.audit(trx, {
      actor,
      action: `rollout.${verb}`,
      subjectKind: 'rollout',
      subjectId: String(rolloutId),
      fleetId: rollout.fleet_id,
      summary: `${done[verb]} rollout ${rolloutId}${reason === '' ? '' : `: ${reason}`}`,
      data: { reason, from: rollout.state },
    })
    return [
      ...targets,
      { kind: 'rollout', rolloutId, fleetId: rollout.fleet_id, deviceIds: [] },
      { kind: 'fleet', fleetId: rollout.fleet_id },
    ]
  })
  deps.publish(changes)
  deps.wake(rolloutId)
  return { ...(await readExisting(deps, rolloutId)), hadEffect: changes.length > 0 }
}

type StoredRollout = Selectable<Schema['rollout']>

/** Answers the devices whose target moved, or null when there was nothing to do. */
async function applyVerb(
  trx: Trx,
  rollout: StoredRollout,
  verb: RolloutVerb,
  now: Date,
): Promise<Change[] | null> {
  const setState = (state: RolloutDetail['state'], finishedAt: Date | null) =>
    trx.updateTable('rollout').set({ state, finished_at: finishedAt }).where('id', '=', rollout.id).execute()
  switch (verb) {
    case 'pause':
      await setState('paused', null)
      return []
    case 'resume':
      await setState('running', null)
      return []
    case 'abort':
      await setState('aborted', now)
      await restoreFleet(trx, rollout)
      return recomputeTargets(trx, { fleetId: rollout.fleet_id }, now)
    case 'retry-failed': {
      const retried = await sql<{ device_id: number }>`
        update rollout_device set state = 'waiting', reason = null, percent = null, verifying_since = null,
          offered_at = null, updated_at = ${now}
        where rollout_id = ${rollout.id} and state = 'failed' returning device_id`.execute(trx)
      if (retried.rows.length === 0) return null
      const ids = retried.rows.map((row) => row.device_id)
      await lockDevices(trx, ids)
      // What made it fail was said before: only what the device says from here on counts.
      await sql`
        update device set update_state = 'waiting', update_percent = null, update_progress_at = ${now}
        where id = any(${ids}::bigint[]) and update_state in ('rejected', 'aborted')`.execute(trx)
      await setState(rollout.state === 'completed' ? 'running' : rollout.state, null)
      return []
    }
    case 'roll-back': {
      await setState('rolling-back', null)
      await restoreFleet(trx, rollout)
      await restoreTargets(trx, rollout.id)
      const moved = await recomputeTargets(trx, { fleetId: rollout.fleet_id }, now)
      return [...moved, ...(await restoreKept(trx, rollout.id, now))]
    }
  }
}
