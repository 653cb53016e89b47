import { sql, type Kysely, type Transaction } from 'kysely'
import {
  rolloutDeviceStates,
  type RolloutDetail,
  type RolloutDeviceState,
  type RolloutRow,
  type RolloutState,
} from '#contract/rollout'
import { deviceFilter } from '#contract/device'
import type { RolloutPlan } from '#contract/rollout-plan'
import { judgeOpenPhase } from './engine/phases.engine.ts'
import type { PhaseStanding } from './engine/situation.engine.ts'
import { readPhases } from './rollout-phases.store.ts'
import type { Schema } from '../../platform/db/schema.ts'

export type Db = Kysely<Schema> | Transaction<Schema>
type Counts = Record<RolloutDeviceState, number>

const MAX_SAMPLES = 300
const MAX_EXAMPLES = 5
const MAX_TIMELINE = 50

export const noCounts = (): Counts =>
  Object.fromEntries(rolloutDeviceStates.map((state) => [state, 0])) as Counts

export const iso = (at: Date) => at.toISOString()

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

type PhaseCount = { rollout_id: number; states: Partial<Counts> }
/** The kept counts of every phase; nothing is counted anew, however large the rollout. */
const readCounts = async (db: Db, ids: readonly number[]): Promise<PhaseCount[]> =>
  (
    await sql<PhaseCount>`
      select rollout_id, tally -> 'states' as states from rollout_phase
      where rollout_id = any(${[...ids]}::bigint[])`.execute(db)
  ).rows

function sumCounts(rows: readonly PhaseCount[]): Counts {
  const counts = noCounts()
  for (const row of rows) for (const state of rolloutDeviceStates) counts[state] += row.states[state] ?? 0
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

/**
 * Everything the rollout page shows but the devices; null when there is no such rollout. `samples`: how many at most, the
 * newest few or, from 300 on, spread over the whole time.
 */
export async function readRollout(
  db: Db,
  rolloutId: number,
  samples: { newest: number } | 'spread' = 'spread',
): Promise<RolloutDetail | null> {
  const [source] = await readSources(db, sql`ro.id = ${rolloutId}`, 1)
  if (!source) return null
  const own = await db
    .selectFrom('rollout')
    .select(['plan', 'note', 'filter', 'halt_reason'])
    .where('id', '=', rolloutId)
    .executeTakeFirstOrThrow()
  const counts = await readCounts(db, [rolloutId])
  const phases = await readPhases(db, rolloutId)
  return {
    ...toRow(source, sumCounts(counts)),
    plan: own.plan,
    note: own.note,
    filter: own.filter === null ? null : deviceFilter.parse(own.filter),
    phases: phaseViews(own.plan, phases),
    gate: gateView(own.plan, phases),
    haltReason: own.halt_reason,
    previousReleases: await readPreviousReleases(db, rolloutId),
    bytes: await readBytes(db, rolloutId),
    failures: await readFailures(db, rolloutId),
    samples: await (samples === 'spread'
      ? readSamples(db, rolloutId)
      : readNewestSamples(db, rolloutId, samples.newest)),
    timeline: await readTimeline(db, rolloutId),
  }
}

const instantOf = (ms: number | null) => (ms === null ? null : new Date(ms).toISOString())

function phaseViews(plan: RolloutPlan, phases: readonly PhaseStanding[]): RolloutDetail['phases'] {
  return phases.map((phase) => {
    const planned = plan.phases[phase.index] ?? plan.phases.at(-1)
    return {
      name: phase.isControl ? 'Control group' : (planned?.name ?? `Phase ${phase.index + 1}`),
      reach: planned?.reach ?? { kind: 'percent', percent: 100 },
      soakSeconds: planned?.soakSeconds ?? 0,
      approval: phase.isControl ? 'auto' : (planned?.approval ?? 'auto'),
      index: phase.index,
      isControl: phase.isControl,
      total: phase.tally.total,
      counts: { ...noCounts(), ...phase.tally.states },
      state: phase.state,
      openedAt: instantOf(phase.openedAtMs),
      passedAt: instantOf(phase.passedAtMs),
      isSkipped: phase.isSkipped,
    }
  })
}

function gateView(plan: RolloutPlan, phases: readonly PhaseStanding[]): RolloutDetail['gate'] {
  const open = phases.findLast((phase) => phase.state === 'open')
  return open
    ? {
        phaseIndex: open.index,
        criteria: judgeOpenPhase({ plan, phases }).map(({ sentence: _sentence, ...criterion }) => criterion),
      }
    : null
}

async function readPreviousReleases(db: Db, rolloutId: number): Promise<RolloutDetail['previousReleases']> {
  const result = await sql<{ id: number | null; semver: string; commit: string; count: number }>`
    select r.id, r.semver, r.commit, count(*)::int as count
    from rollout_device rd left join release r on r.id = rd.previous_release_id
    where rd.rollout_id = ${rolloutId} and rd.touched_at is not null group by r.id, r.semver, r.commit order by count desc, r.id limit 10`.execute(
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
  // How often a service restarted differs from device to device; the cause is the same.
  const result = await sql<{ reason: string; count: number; examples: { uuid: string; name: string }[] }>`
    select kind as reason, count(*)::int as count,
      (jsonb_agg(jsonb_build_object('uuid', uuid, 'name', name) order by name) filter (where place <= ${MAX_EXAMPLES})) as examples
    from (select kind, uuid, name, row_number() over (partition by kind order by name) as place
      from (select regexp_replace(coalesce(rd.reason, 'No reason was given'), '[0-9]+ times', 'several times') as kind,
          d.uuid, d.name
        from rollout_device rd join rollout ro on ro.id = rd.rollout_id join device d on d.id = rd.device_id
        where rd.rollout_id = ${rolloutId} and (rd.state = 'failed'
          or (rd.reason is not null and rd.state <> 'skipped' and ro.state in ('rolling-back', 'rolled-back')))) told
    ) failed
    group by kind order by count desc, kind limit 50`.execute(db)
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
  return result.rows.map(toSample)
}

const toSample = (row: { at: Date; counts: Partial<Counts> }) => ({
  at: iso(row.at),
  counts: { ...noCounts(), ...row.counts },
})

async function readNewestSamples(
  db: Db,
  rolloutId: number,
  count: number,
): Promise<RolloutDetail['samples']> {
  const rows = await db
    .selectFrom('rollout_sample')
    .select(['at', 'counts'])
    .where('rollout_id', '=', rolloutId)
    .orderBy('at', 'desc')
    .limit(count)
    .execute()
  return rows.reverse().map(toSample)
}

async function readTimeline(db: Db, rolloutId: number): Promise<RolloutDetail['timeline']> {
  const rows = await db
    .selectFrom('audit_entry')
    .select(['id', 'at', 'actor', 'actor_kind', 'action', 'summary'])
    .where('subject_kind', '=', 'rollout')
    .where('subject_id', '=', String(rolloutId))
    .orderBy('id', 'desc')
    .limit(MAX_TIMELINE)
    .execute()
  return rows.map(({ actor_kind, at, ...row }) => ({ ...row, at: iso(at), actorKind: actor_kind }))
}
