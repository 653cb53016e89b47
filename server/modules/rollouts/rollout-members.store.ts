import { sql, type Kysely, type RawBuilder, type Transaction } from 'kysely'
import type { RolloutDeviceState } from '#contract/rollout'
import type { Change } from '../../platform/changes.ts'
import type { Schema } from '../../platform/db/schema.ts'
import { lockDevices, movedChanges, moveTo } from '../../platform/device-target.ts'
import type { RolloutDecision, RolloutMember } from './rollouts.engine.ts'

type Db = Kysely<Schema> | Transaction<Schema>

type MemberRow = {
  device_id: number
  phase_index: number
  position: number
  state: RolloutDeviceState
  offered_at: Date | null
  verifying_since: Date | null
  previous_release_id: number | null
  connectivity: RolloutMember['connectivity']
  update_state: RolloutMember['updateState']
  update_percent: number | null
  current_release_id: number | null
  target_release_id: number | null
  trouble: string | null
  is_trouble_old: boolean
  os_phase: string | null
}

const toMember = (row: MemberRow): RolloutMember => ({
  deviceId: row.device_id,
  phaseIndex: row.phase_index,
  position: row.position,
  state: row.state,
  isOffered: row.offered_at !== null,
  verifyingSinceMs: row.verifying_since?.getTime() ?? null,
  previousReleaseId: row.previous_release_id,
  connectivity: row.connectivity,
  updateState: row.update_state,
  updatePercent: row.update_percent,
  currentReleaseId: row.current_release_id,
  targetReleaseId: row.target_release_id,
  serviceTrouble: row.trouble,
  isTroubleOld: row.is_trouble_old,
  isRebooting: row.os_phase === 'rebooting',
})

/** Which members a step looks at: all unfinished ones, or only these devices and those whose soak ended. */
export type MemberScope =
  { kind: 'all' } | { kind: 'changed'; deviceIds: readonly number[]; soakEndedBefore: Date }

/** The unfinished devices of a rollout in `scope`, locked against other writers of the same rows. */
export async function readMembers(
  trx: Transaction<Schema>,
  rolloutId: number,
  scope: MemberScope,
): Promise<RolloutMember[]> {
  const inScope =
    scope.kind === 'all'
      ? sql`true`
      : sql`(rd.device_id = any(${[...scope.deviceIds]}::bigint[]) or rd.state = 'waiting'
          or (rd.state = 'verifying' and rd.verifying_since <= ${scope.soakEndedBefore}))`
  const result = await sql<MemberRow>`
    select rd.device_id, rd.phase_index, rd.position, rd.state, rd.offered_at, rd.verifying_since, rd.previous_release_id,
      d.connectivity, d.update_state, d.update_percent, d.current_release_id, d.target_release_id,
      d.device_facts ->> 'hostos.phase' as os_phase,
      found.entry ->> 'evidence' as trouble,
      coalesce((found.entry ->> 'since')::timestamptz < rd.offered_at, false) as is_trouble_old
    from rollout_device rd join device d on d.id = rd.device_id
      left join lateral (
        select entry from jsonb_array_elements(d.health_reasons) as reason(entry)
        where entry ->> 'layer' = 'service' and entry ->> 'severity' = 'critical'
        order by entry ->> 'since' desc limit 1) found on true
    where rd.rollout_id = ${rolloutId} and rd.state not in ('succeeded', 'failed', 'rolled-back', 'skipped')
      and ${inScope}
    for update of rd`.execute(trx)
  return result.rows.map(toMember)
}

/** How many devices of the rollout are updating, apart from these. */
export async function countUpdatingElsewhere(
  trx: Transaction<Schema>,
  rolloutId: number,
  except: readonly number[],
): Promise<number> {
  const result = await sql<{ count: number }>`
    select count(*)::int as count from rollout_device
    where rollout_id = ${rolloutId} and state in ('offered', 'downloading', 'installing', 'rebooting', 'verifying')
      and device_id <> all(${[...except]}::bigint[])`.execute(trx)
  return result.rows[0]?.count ?? 0
}

/** Stores what the engine decided, in one statement. */
export async function writeDecisions(
  trx: Transaction<Schema>,
  rolloutId: number,
  decisions: readonly RolloutDecision[],
  now: Date,
): Promise<void> {
  if (decisions.length === 0) return
  const rows = decisions.map((d) => ({
    device_id: d.deviceId,
    state: d.state,
    percent: d.percent,
    reason: d.reason,
    verifying_since: d.verifyingSinceMs === null ? null : new Date(d.verifyingSinceMs).toISOString(),
    is_offer: d.isOffer,
  }))
  await sql`
    update rollout_device rd set
      state = next.state, percent = next.percent, reason = next.reason, verifying_since = next.verifying_since,
      offered_at = case when next.is_offer then ${now} else rd.offered_at end, updated_at = ${now}
    from jsonb_to_recordset(${JSON.stringify(rows)}::jsonb)
      as next(device_id bigint, state text, percent smallint, reason text, verifying_since timestamptz, is_offer boolean)
    where rd.rollout_id = ${rolloutId} and rd.device_id = next.device_id`.execute(trx)
}

/**
 * SQL: bytes a device on release `from` (null: none) lacks of release `to`. A layer that images share counts once; an
 * image that declared a size but no layers counts whole unless the device has that very image.
 */
export const missingBytes = (from: RawBuilder<unknown>, to: RawBuilder<unknown>) => sql<number>`(
  coalesce((select sum((needed.layer ->> 'sizeBytes')::bigint) from (
    select distinct l.layer from release_image i, jsonb_array_elements(i.layers) as l(layer)
    where i.release_id = ${to} and l.layer ->> 'digest' not in (
      select h.layer ->> 'digest' from release_image o, jsonb_array_elements(o.layers) as h(layer)
      where o.release_id = ${from})) needed), 0)
  + coalesce((select sum(i.size_bytes) from release_image i
    where i.release_id = ${to} and jsonb_array_length(i.layers) = 0 and not exists (
      select 1 from release_image o where o.release_id = ${from} and o.image = i.image)), 0))::bigint`

/**
 * Bytes of devices that have just arrived: what the device itself told (its `update.*` facts, when they are
 * of this release), else an estimate from image layers: missing layers as sent, the whole release as full.
 */
export async function writeBytes(
  trx: Transaction<Schema>,
  rolloutId: number,
  deviceIds: readonly number[],
): Promise<void> {
  if (deviceIds.length === 0) return
  await sql`
    with told as (
      select rd.device_id,
        case when d.device_facts ->> 'update.commit' = r.commit and d.device_facts ->> 'update.bytes' ~ '^[0-9]{1,15}$'
          then (d.device_facts ->> 'update.bytes')::bigint end as sent,
        case when d.device_facts ->> 'update.commit' = r.commit and d.device_facts ->> 'update.full-bytes' ~ '^[0-9]{1,15}$'
          then (d.device_facts ->> 'update.full-bytes')::bigint end as whole,
        r.size_bytes as size, rd.previous_release_id, r.id as release_id
      from rollout_device rd join device d on d.id = rd.device_id
        join rollout ro on ro.id = rd.rollout_id join release r on r.id = ro.release_id
      where rd.rollout_id = ${rolloutId} and rd.device_id = any(${[...deviceIds]}::bigint[])),
    missing as (
      select pair.previous_release_id, pair.release_id, ${missingBytes(sql`pair.previous_release_id`, sql`pair.release_id`)} as bytes
      from (select distinct previous_release_id, release_id from told) pair)
    update rollout_device rd set
      sent_bytes = coalesce(told.sent, case when told.size is null then null else coalesce(missing.bytes, 0) end),
      full_bytes = coalesce(told.whole, told.size),
      is_estimate = told.sent is null
    from told left join missing on missing.release_id = told.release_id
      and missing.previous_release_id is not distinct from told.previous_release_id
    where rd.rollout_id = ${rolloutId} and rd.device_id = told.device_id`.execute(trx)
}

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
  await sql`
    update rollout_device set state = 'offered', percent = null, reason = null, verifying_since = null,
      offered_at = coalesce(offered_at, touched_at)
    where rollout_id = ${rolloutId} and touched_at is not null`.execute(trx)
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
    where own.rollout_id = ${rolloutId} and ${which === 'failed' ? sql`own.state = 'failed'` : sql`own.touched_at is not null`}
      and ro.state in ('running', 'paused', 'rolling-back')
      and other.state not in ('succeeded', 'failed', 'rolled-back', 'skipped')
    group by other.rollout_id order by devices desc, other.rollout_id`.execute(trx)
  return result.rows
}

/** A device that could be a member: what the preview and the start decide from. */
export type Candidate = {
  deviceId: number
  uuid: string
  deviceType: string
  fits: boolean
  isPinned: boolean
  isOffline: boolean
  currentReleaseId: number | null
  targetReleaseId: number | null
  ownedByRollout: number | null
}

/** Devices of the fleet that match, with what decides whether they take part. `matches`, `fits`: conditions over `d`. */
export async function readCandidates(
  db: Db,
  fleetId: number,
  matches: RawBuilder<boolean>,
  fits: RawBuilder<boolean>,
): Promise<Candidate[]> {
  const result = await sql<Candidate>`
    select d.id as "deviceId", d.uuid, d.device_type as "deviceType", (${fits}) as fits,
      d.pinned_release_id is not null as "isPinned", d.connectivity in ('offline', 'never') as "isOffline",
      d.current_release_id as "currentReleaseId", d.target_release_id as "targetReleaseId",
      (select ro.id from rollout_device rd join rollout ro on ro.id = rd.rollout_id
        where rd.device_id = d.id and ro.state in ('running', 'paused', 'rolling-back')
          and rd.state not in ('succeeded', 'failed', 'rolled-back', 'skipped') limit 1) as "ownedByRollout"
    from device d
    where d.fleet_id = ${fleetId} and d.deleted_at is null and ${matches}`.execute(db)
  return result.rows
}

/** Stores the membership of a rollout; it never changes afterwards. */
export async function insertMembers(
  trx: Transaction<Schema>,
  rolloutId: number,
  members: readonly {
    deviceId: number
    phaseIndex: number
    position: number
    state: RolloutDeviceState
    reason: string | null
  }[],
): Promise<void> {
  if (members.length === 0) return
  const rows = members.map((m) => ({
    device_id: m.deviceId,
    phase_index: m.phaseIndex,
    position: m.position,
    state: m.state,
    reason: m.reason,
  }))
  await sql`
    insert into rollout_device (rollout_id, device_id, phase_index, position, state, reason)
    select ${rolloutId}, next.device_id, next.phase_index, next.position, next.state, next.reason
    from jsonb_to_recordset(${JSON.stringify(rows)}::jsonb)
      as next(device_id bigint, phase_index smallint, position integer, state text, reason text)`.execute(trx)
}
