import { sql, type Transaction } from 'kysely'
import type { Change } from '../../platform/changes.ts'
import type { Schema } from '../../platform/db/schema.ts'
import { recomputeTargets } from '../../platform/device-target.ts'
import { Problem } from '../../platform/problem.ts'

/** Sets which release the devices of a fleet follow; answers the devices whose target moved. */
export async function applyPolicy(
  trx: Transaction<Schema>,
  fleetId: number,
  policy: { kind: 'track-latest' } | { kind: 'pinned'; releaseId: number },
  now: Date,
): Promise<Change[]> {
  let targetId: number | null
  if (policy.kind === 'pinned') {
    const release = await trx
      .selectFrom('release')
      .select(['id', 'status'])
      .where('id', '=', policy.releaseId)
      .where('fleet_id', '=', fleetId)
      .executeTakeFirst()
    if (!release) throw Problem.invalid('body.policy.releaseId', 'is not a release of this fleet')
    if (release.status === 'failed')
      throw Problem.invalid('body.policy.releaseId', 'is a failed release; it is never offered')
    targetId = release.id
  } else {
    const latest = await trx
      .selectFrom('release')
      .select('id')
      .where('fleet_id', '=', fleetId)
      .where('status', '=', 'final')
      .orderBy('id', 'desc')
      .limit(1)
      .executeTakeFirst()
    targetId = latest?.id ?? null
  }
  await trx
    .updateTable('fleet')
    .set({ policy: policy.kind, target_release_id: targetId })
    .where('id', '=', fleetId)
    .execute()
  // What ended rollouts had assigned gives way to what a person says now; a running rollout keeps its devices.
  await sql`
    update device d set assigned_release_id = null where d.fleet_id = ${fleetId} and d.assigned_release_id is not null and not exists (
      select 1 from rollout_device rd join rollout ro on ro.id = rd.rollout_id
      where rd.device_id = d.id and ro.state in ('running', 'paused', 'rolling-back') and rd.state not in ('succeeded', 'failed', 'rolled-back', 'skipped'))`.execute(
    trx,
  )
  return recomputeTargets(trx, { fleetId }, now)
}
