import { sql, type Kysely, type Transaction } from 'kysely'
import type { Architecture, FleetSummary, ReleaseRef, RolloutTarget } from '#contract/fleet'
import type { Health, HealthCode } from '#contract/health'
import { rolloutTargetJson } from '../../platform/db/rollout-target.ts'
import type { Schema } from '../../platform/db/schema.ts'

type Db = Kysely<Schema> | Transaction<Schema>

const TOP_REASONS = 5
const TOP_RELEASES = 8
const HOUR_MS = 3_600_000

type Row = {
  id: number
  uuid: string
  name: string
  policy: 'track-latest' | 'pinned'
  created_at: Date
  type_slug: string
  type_name: string
  architecture: Architecture
  os_versions: string[]
  target_id: number | null
  target_semver: string | null
  target_commit: string | null
}

type Counts = Record<'total' | 'online' | 'late' | 'offline' | 'never' | 'updating' | Health, number> & {
  fleet_id: number
}
type LastHour = FleetSummary['lastHour'] & { fleet_id: number }

const noCounts: Omit<Counts, 'fleet_id'> = {
  total: 0,
  online: 0,
  late: 0,
  offline: 0,
  never: 0,
  updating: 0,
  critical: 0,
  attention: 0,
  unknown: 0,
  ok: 0,
}

const readCounts = (db: Db, ids: readonly number[]) =>
  sql<Counts>`
    select fleet_id, count(*)::int as total,
      count(*) filter (where connectivity = 'online')::int as online,
      count(*) filter (where connectivity = 'late')::int as late,
      count(*) filter (where connectivity = 'offline')::int as offline,
      count(*) filter (where connectivity = 'never')::int as never,
      count(*) filter (where update_state in ('downloading', 'downloaded', 'applying'))::int as updating,
      count(*) filter (where health = 'critical')::int as critical,
      count(*) filter (where health = 'attention')::int as attention,
      count(*) filter (where health = 'unknown')::int as unknown,
      count(*) filter (where health = 'ok')::int as ok
    from device where deleted_at is null and fleet_id = any(${[...ids]}::bigint[]) group by fleet_id`.execute(
    db,
  )

const readReasons = (db: Db, ids: readonly number[]) =>
  sql<{ fleet_id: number; code: HealthCode; severity: string; count: number }>`
    select fleet_id, code, severity, count from (
      select counted.*, row_number() over (partition by fleet_id order by count desc, code) as place from (
        select d.fleet_id, reason ->> 'code' as code, min(reason ->> 'severity') as severity, count(distinct d.id)::int as count
        from device d, jsonb_array_elements(d.health_reasons) reason
        where d.deleted_at is null and d.fleet_id = any(${[...ids]}::bigint[]) group by d.fleet_id, reason ->> 'code') counted) numbered
    where place <= ${TOP_REASONS} order by count desc, code`.execute(db)

const readSpread = (db: Db, ids: readonly number[]) =>
  sql<{ fleet_id: number; id: number | null; semver: string | null; commit: string | null; count: number }>`
    select d.fleet_id, r.id, r.semver, r.commit, count(*)::int as count
    from device d left join release r on r.id = d.current_release_id
    where d.deleted_at is null and d.fleet_id = any(${[...ids]}::bigint[])
    group by d.fleet_id, r.id, r.semver, r.commit order by count desc, r.id desc nulls last`.execute(db)

const readLastHour = (db: Db, ids: readonly number[], now: Date) =>
  sql<LastHour>`
    select fleet_id,
      count(distinct device_id) filter (where kind = 'connectivity' and data ->> 'to' = 'offline')::int as "wentOffline",
      count(distinct device_id) filter (where kind = 'connectivity' and data ->> 'from' = 'offline')::int as "cameBack",
      count(distinct device_id) filter (where kind = 'update' and data ->> 'outcome' = 'succeeded')::int as updated,
      count(distinct device_id) filter (where kind = 'update' and data ->> 'outcome' = 'failed')::int as "updateFailed",
      count(distinct device_id) filter (where kind = 'health' and data ->> 'change' = 'worse')::int as "healthWorsened"
    from device_event where fleet_id = any(${[...ids]}::bigint[]) and at > ${new Date(now.getTime() - HOUR_MS)} group by fleet_id`.execute(
    db,
  )

const readRollouts = (db: Db, ids: readonly number[]) =>
  sql<{
    fleet_id: number
    id: number
    target: RolloutTarget
    state: string
    succeeded: number
    failed: number
    total: number
  }>`
    select distinct on (ro.fleet_id) ro.fleet_id, ro.id, ${rolloutTargetJson} as target, ro.state,
      (select count(*) from rollout_device rd where rd.rollout_id = ro.id and rd.state = 'succeeded')::int as succeeded,
      (select count(*) from rollout_device rd where rd.rollout_id = ro.id and rd.state = 'failed')::int as failed,
      (select count(*) from rollout_device rd where rd.rollout_id = ro.id)::int as total
    from rollout ro left join release r on r.id = ro.release_id
    where ro.fleet_id = any(${[...ids]}::bigint[]) and ro.state in ('running', 'paused', 'rolling-back')
    order by ro.fleet_id, ro.id desc`.execute(db)

function spreadOf(
  rows: readonly { id: number | null; semver: string | null; commit: string | null; count: number }[],
): FleetSummary['releaseSpread'] {
  const ref = (row: (typeof rows)[number]): ReleaseRef | null =>
    row.id === null || row.semver === null || row.commit === null
      ? null
      : { id: row.id, semver: row.semver, commit: row.commit }
  const shown = rows
    .slice(0, TOP_RELEASES)
    .map((row) => ({ release: ref(row), isOther: false, count: row.count }))
  const rest = rows.slice(TOP_RELEASES).reduce((sum, row) => sum + row.count, 0)
  return rest === 0 ? shown : [...shown, { release: null, isOther: true, count: rest }]
}

/** Most trouble first: critical devices, then attention, then those that cannot be heard; then by name. */
export function byTrouble(a: FleetSummary, b: FleetSummary): number {
  return (
    b.health.critical - a.health.critical ||
    b.health.attention - a.health.attention ||
    b.devices.offline - a.devices.offline ||
    a.name.localeCompare(b.name)
  )
}

/** Summaries of these fleets (all when absent), in six statements whatever their number. */
export async function readFleetSummaries(
  db: Db,
  now: Date,
  only?: readonly number[],
): Promise<FleetSummary[]> {
  const fleets = await sql<Row>`
    select f.id, f.uuid, f.name, f.policy, f.created_at, t.slug as type_slug, t.name as type_name, t.architecture, t.os_versions,
      r.id as target_id, r.semver as target_semver, r.commit as target_commit
    from fleet f join device_type t on t.slug = f.device_type left join release r on r.id = f.target_release_id
    where ${only === undefined ? sql`true` : sql`f.id = any(${[...only]}::bigint[])`}`.execute(db)
  const ids = fleets.rows.map((row) => row.id)
  if (ids.length === 0) return []
  const counts = await readCounts(db, ids)
  const reasons = await readReasons(db, ids)
  const spread = await readSpread(db, ids)
  const lastHour = await readLastHour(db, ids, now)
  const rollouts = await readRollouts(db, ids)
  return fleets.rows
    .map((row): FleetSummary => {
      const own = <T extends { fleet_id: number }>(rows: readonly T[]) =>
        rows.filter((other) => other.fleet_id === row.id)
      const count = own(counts.rows)[0] ?? noCounts
      const hour = own(lastHour.rows)[0]
      const rollout = own(rollouts.rows)[0]
      const target =
        row.target_id !== null && row.target_semver !== null && row.target_commit !== null
          ? { id: row.target_id, semver: row.target_semver, commit: row.target_commit }
          : null
      return {
        id: row.id,
        uuid: row.uuid,
        name: row.name,
        deviceType: {
          slug: row.type_slug,
          name: row.type_name,
          architecture: row.architecture,
          osVersions: row.os_versions,
        },
        policy:
          row.policy === 'pinned' && target
            ? { kind: 'pinned', releaseId: target.id }
            : { kind: 'track-latest' },
        targetRelease: target,
        createdAt: row.created_at.toISOString(),
        devices: {
          total: count.total,
          online: count.online,
          late: count.late,
          offline: count.offline,
          never: count.never,
          updating: count.updating,
        },
        health: {
          critical: count.critical,
          attention: count.attention,
          unknown: count.unknown,
          ok: count.ok,
        },
        topReasons: own(reasons.rows).map(({ code, severity, count: devices }) => ({
          code,
          severity,
          count: devices,
        })),
        releaseSpread: spreadOf(own(spread.rows)),
        lastHour: {
          wentOffline: hour?.wentOffline ?? 0,
          cameBack: hour?.cameBack ?? 0,
          updated: hour?.updated ?? 0,
          updateFailed: hour?.updateFailed ?? 0,
          healthWorsened: hour?.healthWorsened ?? 0,
        },
        activeRollout: rollout
          ? {
              id: rollout.id,
              target: rollout.target,
              state: rollout.state,
              succeeded: rollout.succeeded,
              failed: rollout.failed,
              total: rollout.total,
            }
          : null,
      }
    })
    .sort(byTrouble)
}
