import { sql, type Transaction } from 'kysely'
import type { Change } from '../../platform/changes.ts'
import type { Schema } from '../../platform/db/schema.ts'
import { lockDevices, movedChanges, moveTo } from '../../platform/device-target.ts'

/** Gives these devices the release: pinned ones (taken in by the plan) by their pin, the others by assignment. */
export async function assignRelease(
  trx: Transaction<Schema>,
  rolloutId: number,
  releaseId: number,
  deviceIds: readonly number[],
  now: Date,
): Promise<void> {
  if (deviceIds.length === 0) return
  await lockDevices(trx, deviceIds)
  // A retried device is offered again; what it had before the rollout is what it had at its first offer.
  await sql`
    update rollout_device rd set touched_at = ${now}, previous_release_id = d.current_release_id,
      previous_target_release_id = d.target_release_id,
      previous_pinned_release_id = d.pinned_release_id, previous_assigned_release_id = d.assigned_release_id
    from device d
    where rd.rollout_id = ${rolloutId} and rd.touched_at is null and d.id = rd.device_id
      and d.id = any(${[...deviceIds]}::bigint[])`.execute(trx)
  await sql`
    update device set
      assigned_release_id = ${releaseId},
      pinned_release_id = case when pinned_release_id is null then null else ${releaseId}::bigint end
    where id = any(${[...deviceIds]}::bigint[])`.execute(trx)
}

/**
 * Gives every touched device the pin and assignment back that it had, but to those that somebody or another rollout gave
 * something else meanwhile. Recompute the fleet's targets afterwards, then `restoreKept`.
 */
export async function restoreTargets(trx: Transaction<Schema>, rolloutId: number): Promise<void> {
  const touched = await trx
    .selectFrom('rollout_device')
    .select('device_id')
    .where('rollout_id', '=', rolloutId)
    .where('touched_at', 'is not', null)
    .execute()
  await lockDevices(
    trx,
    touched.map((row) => row.device_id),
  )
  await sql`
    update device d set
      assigned_release_id = case when d.assigned_release_id is distinct from ro.release_id
        then d.assigned_release_id else rd.previous_assigned_release_id end,
      pinned_release_id = case when d.pinned_release_id is distinct from ro.release_id
        then d.pinned_release_id else rd.previous_pinned_release_id end
    from rollout_device rd join rollout ro on ro.id = rd.rollout_id
    where rd.rollout_id = ${rolloutId} and rd.device_id = d.id and rd.touched_at is not null`.execute(trx)
}

/**
 * A device whose pin, assignment and fleet name nothing for it keeps the target it has, which is the rollout's; it gets
 * the former one back, which may be none. Answers the devices whose target moved.
 */
export async function restoreKept(trx: Transaction<Schema>, rolloutId: number, now: Date): Promise<Change[]> {
  const moved = await sql<{ id: number; uuid: string; fleet_id: number }>`
    update device d set ${moveTo(sql`rd.previous_target_release_id`, now)}
    from rollout_device rd join rollout ro on ro.id = rd.rollout_id join fleet f on f.id = ro.fleet_id
    where rd.rollout_id = ${rolloutId} and rd.device_id = d.id and rd.touched_at is not null
      and d.target_release_id = ro.release_id and d.pinned_release_id is distinct from ro.release_id
      and d.assigned_release_id is distinct from ro.release_id and f.target_release_id is distinct from ro.release_id
      and rd.previous_target_release_id is distinct from ro.release_id
    returning d.id, d.uuid, d.fleet_id`.execute(trx)
  return movedChanges(moved.rows)
}

/** Which other rollouts own devices that this one touched or, for a retry, that failed in it; most devices first. */
export async function readOwners(
  trx: Transaction<Schema>,
  rolloutId: number,
  which: 'touched' | 'failed',
): Promise<{ rolloutId: number; devices: number }[]> {
  const result = await sql<{ rolloutId: number; devices: number }>`
    select other.rollout_id as "rolloutId", count(*)::int as devices
    from rollout_device own join rollout_device other on other.device_id = own.device_id and other.rollout_id <> own.rollout_id
      join rollout ro on ro.id = other.rollout_id
    where own.rollout_id = ${rolloutId} and ${which === 'failed' ? sql`own.state in ('failed', 'rolled-back')` : sql`own.touched_at is not null`}
      and ro.state in ('running', 'paused', 'rolling-back')
      and other.state not in ('succeeded', 'failed', 'rolled-back', 'skipped')
    group by other.rollout_id order by devices desc, other.rollout_id`.execute(trx)
  return result.rows
}
