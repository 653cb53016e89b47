import { sql, type RawBuilder, type Transaction } from 'kysely'
import { architectures, architectureRuns } from '#contract/fleet'
import type { Change } from './changes.ts'
import type { Schema } from './db/schema.ts'

/** Pairs "device/image" of architectures of which the first runs images of the second. */
const runnable = architectures.flatMap((device) =>
  architectures.filter((image) => architectureRuns(device, image)).map((image) => `${device}/${image}`),
)

/**
 * SQL condition: release `release` (an id expression) may be offered to a device of type `deviceType`
 * (a slug expression): its list of device types, when it has one, names the type, every image fits the
 * architecture, and it did not fail.
 */
export function releaseFits(release: ReturnType<typeof sql>, deviceType: ReturnType<typeof sql>) {
  return sql<boolean>`exists (
    select 1 from release fit_release join device_type fit_type on fit_type.slug = ${deviceType}
    where fit_release.id = ${release} and fit_release.status <> 'failed'
      and (jsonb_array_length(fit_release.device_types) = 0 or fit_release.device_types @> to_jsonb(fit_type.slug))
      and not exists (
        select 1 from release_image fit_image
        where fit_image.release_id = fit_release.id and fit_image.architecture is not null
          and (fit_type.architecture || '/' || fit_image.architecture) <> all (${runnable}::text[])))`
}

/** Which devices to compute anew. */
export type TargetScope = { fleetId: number } | { deviceIds: readonly number[] }

const inScope = (scope: TargetScope) =>
  'fleetId' in scope ? sql`d.fleet_id = ${scope.fleetId}` : sql`d.id = any(${[...scope.deviceIds]}::bigint[])`

/**
 * SQL over a device `d` and its fleet `f`: what it should run. Its own pin, else a rollout's assignment, else its fleet's
 * target where that fits it; where it does not, the device keeps what it was told before in this fleet.
 */
export const wantedTarget = sql<number | null>`coalesce(
  d.pinned_release_id,
  d.assigned_release_id,
  case when f.target_release_id is not null and ${releaseFits(sql`f.target_release_id`, sql`d.device_type`)}
    then f.target_release_id
    else (select kept.id from release kept where kept.id = d.target_release_id and kept.fleet_id = d.fleet_id)
  end)`

/**
 * Computes `device.target_release_id` anew (`wantedTarget`). Returns a change per device whose target moved, to publish after
 * the commit.
 */
export async function recomputeTargets(
  trx: Transaction<Schema>,
  scope: TargetScope,
  now: Date,
): Promise<Change[]> {
  if ('deviceIds' in scope && scope.deviceIds.length === 0) return []
  const moved = await sql<{ id: number; uuid: string; fleet_id: number }>`
    with wanted as (
      select d.id, ${wantedTarget} as target
      from device d join fleet f on f.id = d.fleet_id
      where d.deleted_at is null and ${inScope(scope)}),
    -- In the order of ids, as device reports lock them: two writers never wait for each other.
    moving as (
      select d.id, wanted.target from device d join wanted on wanted.id = d.id
      where d.target_release_id is distinct from wanted.target order by d.id for update of d)
    update device d set ${moveTo(sql`moving.target`, now)} from moving where moving.id = d.id
    returning d.id, d.uuid, d.fleet_id`.execute(trx)
  return movedChanges(moved.rows)
}

/** The columns of a device `d` that change with its target. */
export const moveTo = (target: RawBuilder<unknown>, now: Date) => sql`
  target_release_id = ${target},
  target_changed_at = ${now},
  update_state = case when ${target} is null or ${target} = d.current_release_id then 'idle' else 'waiting' end,
  update_percent = null,
  update_progress_at = ${now},
  revision = d.revision + 1`

/** A change per device whose target moved, to publish after the commit. */
export function movedChanges(rows: readonly { id: number; uuid: string; fleet_id: number }[]): Change[] {
  const aspects = new Set(['target'] as const)
  return rows.map((row) => ({
    kind: 'device',
    deviceId: row.id,
    uuid: row.uuid,
    fleetId: row.fleet_id,
    aspects,
  }))
}

/** The release a fleet that tracks the latest should run: the one finalised last. */
export async function latestRelease(trx: Transaction<Schema>, fleetId: number): Promise<number | null> {
  const latest = await trx
    .selectFrom('release')
    .select('id')
    .where('fleet_id', '=', fleetId)
    .where('status', '=', 'final')
    .orderBy('finalised_at', (order) => order.desc().nullsLast())
    .orderBy('id', 'desc')
    .limit(1)
    .executeTakeFirst()
  return latest?.id ?? null
}

/**
 * What ended rollouts had assigned gives way to what a person says now: these devices follow their fleet again. A rollout
 * that still owns a device keeps it. Recompute the targets afterwards.
 */
export async function releaseAssignments(trx: Transaction<Schema>, scope: TargetScope): Promise<void> {
  if ('deviceIds' in scope && scope.deviceIds.length === 0) return
  await sql`
    update device d set assigned_release_id = null
    where ${inScope(scope)} and d.assigned_release_id is not null and not exists (
      select 1 from rollout_device rd join rollout ro on ro.id = rd.rollout_id
      where rd.device_id = d.id and ro.state in ('running', 'paused', 'rolling-back')
        and rd.state not in ('succeeded', 'failed', 'rolled-back', 'skipped'))`.execute(trx)
}

/** Locks these devices in the order of their ids, as every writer of devices does, so that none waits for another in a circle. */
export async function lockDevices(trx: Transaction<Schema>, deviceIds: readonly number[]): Promise<void> {
  if (deviceIds.length === 0) return
  await sql`select id from device where id = any(${[...deviceIds]}::bigint[]) order by id for update`.execute(
    trx,
  )
}
