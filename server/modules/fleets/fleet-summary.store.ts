import { sql, type Kysely, type Transaction } from 'kysely'
import type { Architecture, FleetSummary, ReleaseRef, RolloutTarget } from '#contract/fleet'
import type { Health } from '#contract/health'
import type { FleetScope } from '#contract/role'
import { isFleetWithin } from '../../platform/within.ts'
import { rolloutTargetJson } from '../../platform/db/rollout-target.ts'
import type { Schema } from '../../platform/db/schema.ts'

type Db = Kysely<Schema> | Transaction<Schema>

const TOP_RELEASES = 8

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

/** What is kept counted of a fleet's devices. */
type FleetCounts = Record<'total' | 'online' | 'late' | 'offline' | 'never' | 'updating' | Health, number> & {
  /** The most frequent first. */
  reasons: FleetSummary['topReasons']
  /** By the release that runs, null for none; the most frequent first. */
  releases: { id: number | null; count: number }[]
  lastHour: FleetSummary['lastHour']
}
export type ReadFleetCounts = (fleetIds: readonly number[]) => Promise<ReadonlyMap<number, FleetCounts>>

/** Releases by id, as they are named. */
async function readRefs(db: Db, ids: readonly number[]): Promise<Map<number, ReleaseRef>> {
  if (ids.length === 0) return new Map()
  const { rows } = await sql<ReleaseRef>`
    select id, semver, commit from release where id = any(${[...new Set(ids)]}::bigint[])`.execute(db)
  return new Map(rows.map((row) => [row.id, row]))
}

type ActiveRollout = {
  fleet_id: number
  id: number
  target: RolloutTarget
  state: string
  succeeded: number
  failed: number
  total: number
}
const readRollouts = (db: Db, ids: readonly number[]) =>
  sql<ActiveRollout>`
    select distinct on (ro.fleet_id) ro.fleet_id, ro.id, ${rolloutTargetJson} as target, ro.state,
      kept.succeeded, kept.failed, kept.total
    from rollout ro cross join lateral (
      select coalesce(sum((tally -> 'states' ->> 'succeeded')::int), 0)::int as succeeded,
        coalesce(sum((tally -> 'states' ->> 'failed')::int), 0)::int as failed, coalesce(sum((tally ->> 'total')::int), 0)::int as total
      from rollout_phase where rollout_id = ro.id) kept left join release r on r.id = ro.release_id
    where ro.fleet_id = any(${[...ids]}::bigint[]) and ro.state in ('running', 'paused', 'rolling-back')
    order by ro.fleet_id, ro.id desc`.execute(db)

function spreadOf(
  releases: FleetCounts['releases'],
  refs: ReadonlyMap<number, ReleaseRef>,
): FleetSummary['releaseSpread'] {
  const shown = releases
    .slice(0, TOP_RELEASES)
    .map(({ id, count }) => ({ release: (id === null ? null : refs.get(id)) ?? null, isOther: false, count }))
  const rest = releases.slice(TOP_RELEASES).reduce((sum, row) => sum + row.count, 0)
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

/** Summaries of these fleets, in few statements whatever their number; nothing is counted. */
export async function readFleetSummaries(
  { db, counts: readCounts }: { db: Db; counts: ReadFleetCounts },
  which: FleetScope,
): Promise<FleetSummary[]> {
  const fleets = await sql<Row>`
    select f.id, f.uuid, f.name, f.policy, f.created_at, t.slug as type_slug, t.name as type_name, t.architecture, t.os_versions,
      r.id as target_id, r.semver as target_semver, r.commit as target_commit
    from fleet f join device_type t on t.slug = f.device_type left join release r on r.id = f.target_release_id
    where ${isFleetWithin(which, sql`f.id`)}`.execute(db)
  const ids = fleets.rows.map((row) => row.id)
  if (ids.length === 0) return []
  const kept = await readCounts(ids)
  const shown = [...kept.values()].flatMap(({ releases }) => releases.slice(0, TOP_RELEASES))
  const refs = await readRefs(
    db,
    shown.flatMap(({ id }) => id ?? []),
  )
  const rollouts = new Map((await readRollouts(db, ids)).rows.map((row) => [row.fleet_id, row]))
  return fleets.rows
    .flatMap((row): FleetSummary[] => {
      const counts = kept.get(row.id)
      return counts ? [toSummary(row, counts, refs, rollouts.get(row.id))] : []
    })
    .sort(byTrouble)
}

function toSummary(
  row: Row,
  counts: FleetCounts,
  refs: ReadonlyMap<number, ReleaseRef>,
  rollout: ActiveRollout | undefined,
): FleetSummary {
  const { total, online, late, offline, never, updating, critical, attention, unknown, ok } = counts
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
      row.policy === 'pinned' && target ? { kind: 'pinned', releaseId: target.id } : { kind: 'track-latest' },
    targetRelease: target,
    createdAt: row.created_at.toISOString(),
    devices: { total, online, late, offline, never, updating },
    health: { critical, attention, unknown, ok },
    topReasons: counts.reasons,
    releaseSpread: spreadOf(counts.releases, refs),
    lastHour: counts.lastHour,
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
}
