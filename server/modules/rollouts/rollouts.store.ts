import { sql, type Kysely, type Transaction } from 'kysely'
import {
  rolloutDeviceStates,
  type RolloutDetail,
  type RolloutDevice,
  type RolloutDeviceState,
  type RolloutPlan,
  type RolloutRow,
  type RolloutState,
} from '#contract/rollout'
import type { ReleaseRef } from '#contract/fleet'
import type { Schema } from '../../platform/db/schema.ts'

type Db = Kysely<Schema> | Transaction<Schema>
type Counts = Record<RolloutDeviceState, number>

const MAX_SAMPLES = 300
const MAX_EXAMPLES = 5

export const noCounts = (): Counts =>
  Object.fromEntries(rolloutDeviceStates.map((state) => [state, 0])) as Counts

const iso = (at: Date) => at.toISOString()

type RowSource = {
  id: number
  fleet_id: number
  fleet_name: string
  release_id: number
  semver: string
  commit: string
  state: RolloutState
  created_at: Date
  created_by: string
  finished_at: Date | null
}

function toRow(source: RowSource, counts: Counts): RolloutRow {
  return {
    id: source.id,
    fleetId: source.fleet_id,
    fleetName: source.fleet_name,
    release: { id: source.release_id, semver: source.semver, commit: source.commit },
    state: source.state,
    createdAt: iso(source.created_at),
    createdBy: source.created_by,
    finishedAt: source.finished_at ? iso(source.finished_at) : null,
    total: Object.values(counts).reduce((sum, count) => sum + count, 0),
    counts,
  }
}

async function readSources(db: Db, where: ReturnType<typeof sql>, limit: number): Promise<RowSource[]> {
  const result = await sql<RowSource>`
    select ro.id, ro.fleet_id, f.name as fleet_name, ro.release_id, r.semver, r.commit, ro.state, ro.created_at,
      ro.created_by, ro.finished_at
    from rollout ro join fleet f on f.id = ro.fleet_id join release r on r.id = ro.release_id
    where ${where} order by ro.id desc limit ${limit}`.execute(db)
  return result.rows
}

type PhaseCount = { rollout_id: number; phase_index: number; state: RolloutDeviceState; count: number }
const readCounts = async (db: Db, ids: readonly number[]): Promise<PhaseCount[]> =>
  (
    await sql<PhaseCount>`
      select rollout_id, phase_index, state, count(*)::int as count from rollout_device
      where rollout_id = any(${[...ids]}::bigint[]) group by rollout_id, phase_index, state`.execute(db)
  ).rows

function sumCounts(rows: readonly PhaseCount[]): Counts {
  const counts = noCounts()
  for (const row of rows) counts[row.state] += row.count
  return counts
}

/** Newest first; `ids` reads just these. */
export async function listRollouts(
  db: Db,
  by: { fleetId?: number | undefined; ids?: readonly number[]; limit: number },
): Promise<RolloutRow[]> {
  const where = sql`${by.fleetId === undefined ? sql`true` : sql`ro.fleet_id = ${by.fleetId}`}
    and ${by.ids === undefined ? sql`true` : sql`ro.id = any(${[...by.ids]}::bigint[])`}`
  const sources = await readSources(db, where, by.limit)
  const counts = await readCounts(
    db,
    sources.map((source) => source.id),
  )
  return sources.map((source) =>
    toRow(source, sumCounts(counts.filter((count) => count.rollout_id === source.id))),
  )
}

/** Everything the rollout page shows but the devices; null when there is no such rollout. */
export async function readRollout(db: Db, rolloutId: number): Promise<RolloutDetail | null> {
  const [source] = await readSources(db, sql`ro.id = ${rolloutId}`, 1)
  if (!source) return null
  const [own, counts, previousReleases, bytes, failures, samples] = [
    await db
      .selectFrom('rollout')
      .select(['plan', 'note'])
      .where('id', '=', rolloutId)
      .executeTakeFirstOrThrow(),
    await readCounts(db, [rolloutId]),
    await readPreviousReleases(db, rolloutId),
    await readBytes(db, rolloutId),
    await readFailures(db, rolloutId),
    await readSamples(db, rolloutId),
  ]
  const row = toRow(source, sumCounts(counts))
  return {
    ...row,
    plan: own.plan,
    note: own.note,
    previousReleases,
    phases: phaseViews(own.plan, counts),
    bytes,
    failures,
    samples,
  }
}

function phaseViews(plan: RolloutPlan, counts: readonly PhaseCount[]): RolloutDetail['phases'] {
  return plan.phases.map((phase, index) => {
    const own = sumCounts(counts.filter((count) => count.phase_index === index))
    const total = Object.values(own).reduce((sum, count) => sum + count, 0)
    const finished = own.succeeded + own.failed + own['rolled-back'] + own.skipped
    return {
      ...phase,
      index,
      total,
      counts: own,
      state: finished === total ? ('done' as const) : ('open' as const),
    }
  })
}

async function readPreviousReleases(db: Db, rolloutId: number): Promise<RolloutDetail['previousReleases']> {
  const result = await sql<{ id: number | null; semver: string; commit: string; count: number }>`
    select r.id, r.semver, r.commit, count(*)::int as count
    from rollout_device rd left join release r on r.id = rd.previous_release_id
    where rd.rollout_id = ${rolloutId} group by r.id, r.semver, r.commit order by count desc, r.id limit 10`.execute(
    db,
  )
  return result.rows.map((row) => ({
    release: row.id === null ? null : { id: row.id, semver: row.semver, commit: row.commit },
    count: row.count,
  }))
}

async function readBytes(db: Db, rolloutId: number): Promise<RolloutDetail['bytes']> {
  const result = await sql<{
    sent: number
    whole: number
    told: number
    estimated: number
    mean: number | null
    left: number
  }>`
    select coalesce(sum(sent_bytes), 0)::bigint as sent,
      coalesce(sum(full_bytes) filter (where sent_bytes is not null), 0)::bigint as whole,
      count(*) filter (where sent_bytes is not null and not is_estimate)::int as told,
      count(*) filter (where sent_bytes is not null and is_estimate)::int as estimated,
      avg(sent_bytes)::bigint as mean,
      count(*) filter (where sent_bytes is null and state not in ('succeeded', 'failed', 'rolled-back', 'skipped'))::int as left
    from rollout_device where rollout_id = ${rolloutId}`.execute(db)
  const row = result.rows[0]
  if (!row) throw new Error('an aggregate answered no row')
  return {
    sentBytes: row.sent,
    fullBytes: row.whole,
    remainingBytes: row.mean === null ? null : row.mean * row.left,
    reportedDevices: row.told,
    estimatedDevices: row.estimated,
  }
}

async function readFailures(db: Db, rolloutId: number): Promise<RolloutDetail['failures']> {
  const result = await sql<{ reason: string; count: number; examples: { uuid: string; name: string }[] }>`
    select reason, count(*)::int as count,
      (jsonb_agg(jsonb_build_object('uuid', uuid, 'name', name) order by name) filter (where place <= ${MAX_EXAMPLES})) as examples
    from (select coalesce(rd.reason, 'No reason was given') as reason, d.uuid, d.name,
        row_number() over (partition by coalesce(rd.reason, 'No reason was given') order by d.name) as place
      from rollout_device rd join device d on d.id = rd.device_id
      where rd.rollout_id = ${rolloutId} and rd.state = 'failed') failed
    group by reason order by count desc, reason limit 50`.execute(db)
  return result.rows
}

async function readSamples(db: Db, rolloutId: number): Promise<RolloutDetail['samples']> {
  const result = await sql<{ at: Date; counts: Counts }>`
    select at, counts from (
      select at, counts, row_number() over (order by at) as place, count(*) over () as total
      from rollout_sample where rollout_id = ${rolloutId}) numbered
    where total <= ${MAX_SAMPLES} or place = total or place % (total / ${MAX_SAMPLES} + 1) = 1 order by at`.execute(
    db,
  )
  return result.rows.map((row) => ({ at: iso(row.at), counts: { ...noCounts(), ...row.counts } }))
}

type DeviceSource = {
  id: number
  uuid: string
  name: string
  device_type: string
  phase_index: number
  state: RolloutDeviceState
  percent: number | null
  reason: string | null
  previous: ReleaseRef | null
  sent_bytes: number | null
  full_bytes: number | null
  connectivity: string
  last_seen_at: Date | null
  updated_at: Date
  rank: number
}

const deviceColumns = sql`
  d.id, d.uuid, d.name, d.device_type, rd.phase_index, rd.state, rd.percent, rd.reason,
  case when p.id is null then null else jsonb_build_object('id', p.id, 'semver', p.semver, 'commit', p.commit) end as previous,
  rd.sent_bytes, rd.full_bytes, d.connectivity, d.last_seen_at, rd.updated_at,
  case rd.state when 'failed' then 0 when 'downloading' then 1 when 'installing' then 1 when 'rebooting' then 1
    when 'verifying' then 2 when 'offered' then 3 when 'waiting' then 4 when 'offline' then 5 else 6 end as rank`
const deviceSource = sql`
  rollout_device rd join device d on d.id = rd.device_id left join release p on p.id = rd.previous_release_id`

const toDevice = (row: DeviceSource): RolloutDevice => ({
  uuid: row.uuid,
  name: row.name,
  deviceType: row.device_type,
  phaseIndex: row.phase_index,
  state: row.state,
  percent: row.percent,
  reason: row.reason,
  previousRelease: row.previous,
  sentBytes: row.sent_bytes,
  fullBytes: row.full_bytes,
  connectivity: row.connectivity,
  lastSeenAt: row.last_seen_at ? iso(row.last_seen_at) : null,
  updatedAt: iso(row.updated_at),
})

/** These devices of a rollout, for live patches. */
export async function readRolloutDevices(
  db: Db,
  rolloutId: number,
  deviceIds: readonly number[],
): Promise<RolloutDevice[]> {
  const result = await sql<DeviceSource>`
    select ${deviceColumns} from ${deviceSource}
    where rd.rollout_id = ${rolloutId} and rd.device_id = any(${[...deviceIds]}::bigint[])`.execute(db)
  return result.rows.map(toDevice)
}

/** Unfinished and failed ones first, then by name; `after` is the key of the last row of the page before. */
export async function pageRolloutDevices(
  db: Db,
  rolloutId: number,
  query: {
    state?: RolloutDeviceState | undefined
    q: string
    limit: number
    after: { rank: number; name: string; id: number } | null
  },
): Promise<{
  rows: RolloutDevice[]
  total: number
  next: { rank: number; name: string; id: number } | null
}> {
  const like = `%${query.q.replace(/[\\%_]/g, '\\$&')}%`
  const filtered = sql`rd.rollout_id = ${rolloutId}
    and ${query.state === undefined ? sql`true` : sql`rd.state = ${query.state}`}
    and ${query.q === '' ? sql`true` : sql`(d.name ilike ${like} or d.uuid like ${`${query.q}%`} or rd.reason ilike ${like})`}`
  const page = await sql<DeviceSource>`
    select * from (select ${deviceColumns} from ${deviceSource} where ${filtered}) matching
    where ${query.after === null ? sql`true` : sql`(rank, name, id) > (${query.after.rank}, ${query.after.name}, ${query.after.id})`}
    order by rank, name, id limit ${query.limit + 1}`.execute(db)
  const total = await sql<{
    count: number
  }>`select count(*)::int as count from ${deviceSource} where ${filtered}`.execute(db)
  const shown = page.rows.slice(0, query.limit)
  const last = shown.at(-1)
  const next =
    page.rows.length > query.limit && last ? { rank: last.rank, name: last.name, id: last.id } : null
  return { rows: shown.map(toDevice), total: total.rows[0]?.count ?? 0, next }
}
