import { sql, type Kysely, type RawBuilder, type Transaction } from 'kysely'
import type { Schema } from '../../platform/db/schema.ts'
import type { Connectivity } from '#contract/device'
import { lateAfterMs, reservedTags } from '#contract/device-protocol'
import type { MemberRecord } from './engine/member.engine.ts'
import type { CountedMember, MemberDecision } from './engine/situation.engine.ts'
import type { MemberMarks } from './engine/tally.engine.ts'
import { observationOf, type DeviceFacts } from './rollout-observation.rules.ts'

type Db = Kysely<Schema> | Transaction<Schema>

type MemberRow = DeviceFacts & {
  touched_at: Date | null
  device_id: number
  phase_index: number
  position: number
  device_type: string
  time_zone: string | null
  marks: MemberMarks
  percent: number | null
  reason: string | null
  attempts: number
  verifying_since: Date | null
  not_before: Date | null
  deadline_at: Date | null
  deadline_left_ms: number | null
  due_at: Date | null
}

const ms = (at: Date | null) => at?.getTime() ?? null
const toMember = (row: MemberRow): CountedMember => ({
  deviceId: row.device_id,
  phaseIndex: row.phase_index,
  position: row.position,
  deviceType: row.device_type,
  timeZone: row.time_zone,
  offeredAtMs: ms(row.offered_at),
  firstOfferedAtMs: ms(row.touched_at),
  record: {
    state: row.state,
    percent: row.percent,
    reason: row.reason,
    attempts: row.attempts,
    verifyingSinceMs: ms(row.verifying_since),
    soakedMs: row.soaked_ms,
    notBeforeMs: ms(row.not_before),
    deadlineAtMs: ms(row.deadline_at),
    deadlineLeftMs: row.deadline_left_ms,
    dueAtMs: ms(row.due_at),
  },
  marks: row.marks,
  seen: observationOf(row),
})

/** Which members a step looks at: all, those with news or due by time, or the next that wait in these phases. */
export type MemberScope =
  | { kind: 'all' }
  | { kind: 'news'; deviceIds: readonly number[]; now: Date }
  | {
      kind: 'waiting'
      phases: readonly number[]
      timeZones: readonly string[] | null
      now: Date
      limit: number
    }

function scopeCondition(scope: MemberScope) {
  if (scope.kind === 'all') return sql`true`
  if (scope.kind === 'news')
    return sql`(rd.device_id = any(${[...scope.deviceIds]}::bigint[]) or rd.due_at <= ${scope.now})`
  // The empty zone stands for devices that name none.
  const inZone =
    scope.timeZones === null
      ? sql`true`
      : sql`coalesce(rd.time_zone, '') = any(${[...scope.timeZones]}::text[])`
  return sql`rd.state = 'waiting' and rd.phase_index = any(${[...scope.phases]}::smallint[]) and ${inZone}
    and (rd.not_before is null or rd.not_before <= ${scope.now})`
}

/**
 * When a device was last heard. A source that is read tells only what changed: a device it had for online at some moment polled there
 * at most one and a half of its poll intervals before.
 */
const heardAt = sql`greatest(d.last_seen_at, case when d.connectivity = 'online'
  then sf.read_at - ${lateAfterMs(1)}::float8 * d.poll_interval_ms * interval '1 millisecond' end)`

/** Devices of a rollout in `scope`, locked against other writers of the same rows. */
export async function readMembers(
  trx: Transaction<Schema>,
  rolloutId: number,
  scope: MemberScope,
): Promise<CountedMember[]> {
  const order =
    scope.kind === 'waiting' ? sql`order by rd.phase_index, rd.position limit ${scope.limit}` : sql``
  const result = await sql<MemberRow>`
    select rd.device_id, rd.phase_index, rd.position, d.device_type, rd.time_zone, rd.offered_at, rd.touched_at,
      rd.marks, rd.state, rd.percent, rd.reason, rd.attempts, rd.verifying_since, rd.soaked_ms, rd.not_before, rd.deadline_at,
      rd.deadline_left_ms, rd.due_at, d.connectivity, d.connectivity_changed_at,
      ${heardAt} as last_seen_at, d.update_state, d.update_percent,
      d.current_release_id, d.target_release_id, ro.release_id, ro.os_version as sent_os_version, d.os_version,
      d.target_os_version, rd.previous_os_version, rd.previous_target_os_version,
      d.device_facts ->> ${reservedTags.osPhase}::text as os_phase, d.device_facts ->> ${reservedTags.osPercent}::text as os_percent,
      d.health_memory -> 'osRollback' as os_rollback,
      d.health_reasons, d.deleted_at is not null or d.fleet_id <> ro.fleet_id as is_gone,
      ro.release_id is not null and d.pinned_release_id is not null and not (ro.plan -> 'includesPinned')::boolean
        and not ro.plan -> 'pinnedDevices' @> to_jsonb(d.uuid) as is_held
    from rollout_device rd join rollout ro on ro.id = rd.rollout_id join device d on d.id = rd.device_id
      left join source_fleet sf on sf.fleet_id = d.fleet_id
    where rd.rollout_id = ${rolloutId} and ${scopeCondition(scope)} ${order}
    for update of rd`.execute(trx)
  return result.rows.map(toMember)
}

/** Time zones that waiting devices of a rollout name; '' for those that name none. */
export async function readWaitingZones(
  trx: Transaction<Schema>,
  rolloutId: number,
  phases: readonly number[],
): Promise<string[]> {
  const result = await sql<{ zone: string }>`
    select distinct coalesce(time_zone, '') as zone from rollout_device
    where rollout_id = ${rolloutId} and state = 'waiting'
      and phase_index = any(${[...phases]}::smallint[])`.execute(trx)
  return result.rows.map((row) => row.zone)
}

const iso = (at: number | null) => (at === null ? null : new Date(at).toISOString())

/** Stores what the engine decided, in one statement. */
export async function writeDecisions(
  trx: Transaction<Schema>,
  rolloutId: number,
  decisions: readonly MemberDecision[],
  now: Date,
): Promise<void> {
  if (decisions.length === 0) return
  const rows = decisions.map(({ deviceId, record, marks, isOffer }) => ({
    device_id: deviceId,
    state: record.state,
    percent: record.percent,
    reason: record.reason,
    attempts: record.attempts,
    verifying_since: iso(record.verifyingSinceMs),
    soaked_ms: record.soakedMs,
    not_before: iso(record.notBeforeMs),
    deadline_at: iso(record.deadlineAtMs),
    deadline_left_ms: record.deadlineLeftMs,
    due_at: iso(record.dueAtMs),
    marks,
    is_offer: isOffer,
  }))
  await sql`
    update rollout_device rd set
      state = next.state, percent = next.percent, reason = next.reason, attempts = next.attempts,
      verifying_since = next.verifying_since, soaked_ms = next.soaked_ms, not_before = next.not_before,
      deadline_at = next.deadline_at, deadline_left_ms = next.deadline_left_ms, due_at = next.due_at, marks = next.marks,
      offered_at = case when next.is_offer then ${now} else rd.offered_at end, updated_at = ${now},
      failed_at = case when rd.state <> next.state and (next.state = 'failed'
          or (next.state = 'rolled-back' and next.reason is not null and rd.failed_at is null)) then ${now} else rd.failed_at end
    from jsonb_to_recordset(${JSON.stringify(rows)}::jsonb)
      as next(device_id bigint, state text, percent smallint, reason text, attempts smallint, verifying_since timestamptz,
        soaked_ms bigint, not_before timestamptz, deadline_at timestamptz, deadline_left_ms bigint, due_at timestamptz,
        marks jsonb, is_offer boolean)
    where rd.rollout_id = ${rolloutId} and rd.device_id = next.device_id`.execute(trx)
}

/** A device that could be a member: what the preview and the start decide from. */
export type Candidate = {
  deviceId: number
  uuid: string
  name: string
  deviceType: string
  fits: boolean
  isPinned: boolean
  /** Version of the release it is pinned to. */
  pinnedTo: string | null
  isOffline: boolean
  connectivity: Connectivity
  currentReleaseId: number | null
  targetReleaseId: number | null
  /** The host OS as it reports it. */
  osVersion: string | null
  ownedByRollout: number | null
  connectivityChangedAt: Date | null
  lastSeenAt: Date | null
  tags: Record<string, string>
  /** The variable `TZ` of the device and of its fleet, those of single services left out. */
  deviceZone: string | null
  fleetZone: string | null
}

/** Devices of the fleet that match, with what decides whether they take part. `matches`, `fits`: conditions over `d`. */
export async function readCandidates(
  db: Db,
  fleetId: number,
  matches: RawBuilder<boolean>,
  fits: RawBuilder<boolean>,
): Promise<Candidate[]> {
  const result = await sql<Candidate>`
    select d.id as "deviceId", d.uuid, d.name, d.device_type as "deviceType", (${fits}) as fits,
      d.pinned_release_id is not null as "isPinned", pin.semver as "pinnedTo",
      d.connectivity in ('offline', 'never') as "isOffline", d.connectivity,
      d.connectivity_changed_at as "connectivityChangedAt", d.last_seen_at as "lastSeenAt", d.tags,
      own.value as "deviceZone", shared.value as "fleetZone",
      d.current_release_id as "currentReleaseId", d.target_release_id as "targetReleaseId", d.os_version as "osVersion",
      (select ro.id from rollout_device rd join rollout ro on ro.id = rd.rollout_id
        where rd.device_id = d.id and ro.fleet_id = d.fleet_id and ro.state in ('running', 'paused', 'rolling-back')
          and rd.state not in ('succeeded', 'failed', 'rolled-back', 'skipped') limit 1) as "ownedByRollout"
    from device d left join release pin on pin.id = d.pinned_release_id
      left join variable own on own.kind = 'environment' and own.device_id = d.id and own.service_name is null
        and own.name = 'TZ'
      left join variable shared on shared.kind = 'environment' and shared.fleet_id = d.fleet_id
        and shared.device_id is null and shared.service_name is null and shared.name = 'TZ'
    where d.fleet_id = ${fleetId} and d.deleted_at is null and ${matches}`.execute(db)
  return result.rows
}

/** So many members at once change what the store knows of how its devices are spread. */
const MANY_MEMBERS = 1_000

/** Stores members of a rollout; their phase and place never change afterwards. */
export async function insertMembers(
  trx: Transaction<Schema>,
  rolloutId: number,
  members: readonly {
    deviceId: number
    phaseIndex: number
    position: number
    timeZone: string | null
    record: MemberRecord
    marks: MemberMarks
  }[],
): Promise<void> {
  if (members.length === 0) return
  const rows = members.map((m) => ({
    device_id: m.deviceId,
    phase_index: m.phaseIndex,
    position: m.position,
    time_zone: m.timeZone,
    state: m.record.state,
    reason: m.record.reason,
    due_at: iso(m.record.dueAtMs),
    marks: m.marks,
  }))
  await sql`
    insert into rollout_device (rollout_id, device_id, phase_index, position, time_zone, state, reason, due_at, marks)
    select ${rolloutId}, next.device_id, next.phase_index, next.position, next.time_zone, next.state, next.reason,
      next.due_at, next.marks
    from jsonb_to_recordset(${JSON.stringify(rows)}::jsonb)
      as next(device_id bigint, phase_index smallint, position integer, time_zone text, state text, reason text,
        due_at timestamptz, marks jsonb)
    on conflict do nothing`.execute(trx)
  // The first offers follow within a second. Planned by what was known before, they took minutes with 60,000 members, with the
  // rows of the offered devices locked, so that reports waited for them.
  if (members.length >= MANY_MEMBERS) await sql`analyze rollout_device`.execute(trx)
}
