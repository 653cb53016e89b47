import { sql } from 'kysely'
import { ROLLOUT_TIMELINE_LENGTH, type RolloutDetail } from '#contract/rollout'
import { deviceFilter } from '#contract/device'
import type { RolloutPlan } from '#contract/rollout-plan'
import { atOneMoment } from '../../platform/db/one-moment.ts'
import { judgeOpenPhase } from './engine/phases.engine.ts'
import type { PhaseStanding } from './engine/situation.engine.ts'
import { readFailures } from './rollout-failures.store.ts'
import { readSources, toRow, type RowSource } from './rollout-list.store.ts'
import { readPauses } from './rollout-pauses.store.ts'
import { readPhases, readVerdicts } from './rollout-phases.store.ts'
import { readTimeline } from './rollout-timeline.store.ts'
import { iso, noCounts, type Counts, type Db } from './rollout-rows.ts'

const MAX_SAMPLES = 300

/** At most so many of the newest, or, from 300 on, spread over the whole time. */
type Samples = { newest: number } | 'spread'

/**
 * Everything the rollout page shows but the devices, all of one moment; null when there is no such rollout. Turning back
 * sets every touched device on its way at once: read apart, a rollout that runs had more devices updating than it may.
 */
export const readRollout = (
  db: Db,
  rolloutId: number,
  samples: Samples = 'spread',
): Promise<RolloutDetail | null> => atOneMoment(db, (trx) => readParts(trx, rolloutId, samples))

async function readParts(db: Db, rolloutId: number, samples: Samples): Promise<RolloutDetail | null> {
  const [source] = await readSources(db, sql`ro.id = ${rolloutId}`, 1)
  if (!source) return null
  const own = await db
    .selectFrom('rollout')
    .select(['plan', 'note', 'filter', 'halt_reason'])
    .where('id', '=', rolloutId)
    .executeTakeFirstOrThrow()
  const phases = await readPhases(db, rolloutId)
  return {
    ...toRow(source),
    plan: own.plan,
    note: own.note,
    filter: own.filter === null ? null : deviceFilter.parse(own.filter),
    phases: phaseViews(own.plan, phases),
    gate: await gateView(db, source, own.plan, phases),
    haltReason: own.halt_reason,
    previousReleases: source.target.kind === 'release' ? await readPreviousReleases(db, rolloutId) : [],
    previousOsVersions: source.target.kind === 'host-os' ? await readPreviousOsVersions(db, rolloutId) : [],
    bytes: await readBytes(db, rolloutId),
    failures: await readFailures(db, rolloutId),
    samples: await (samples === 'spread'
      ? readSamples(db, rolloutId)
      : readNewestSamples(db, rolloutId, samples.newest)),
    timeline: await readTimeline(db, rolloutId, { limit: ROLLOUT_TIMELINE_LENGTH }),
    pauses: await readPauses(db, rolloutId),
  }
}

/** Whether there is such a rollout, without reading what is dear about it. */
export async function rolloutExists(db: Db, rolloutId: number): Promise<boolean> {
  const row = await db.selectFrom('rollout').select('id').where('id', '=', rolloutId).executeTakeFirst()
  return row !== undefined
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
      approver: planned?.approver ?? 'release-manager',
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

/** The gate that is judged now; of a rollout that passes none any more, the last one as it was then. */
async function gateView(
  db: Db,
  rollout: RowSource,
  plan: RolloutPlan,
  phases: readonly PhaseStanding[],
): Promise<RolloutDetail['gate']> {
  if (rollout.state === 'running' || rollout.state === 'paused') {
    const open = phases.findLast((phase) => phase.state === 'open')
    if (!open) return null
    const criteria = judgeOpenPhase({ plan, phases }).map(
      ({ sentence: _sentence, ...criterion }) => criterion,
    )
    return { phaseIndex: open.index, criteria, isFinal: false }
  }
  const last = (await readVerdicts(db, rollout.id)).at(-1)
  return last === undefined ? null : { ...last, isFinal: true }
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

async function readPreviousOsVersions(
  db: Db,
  rolloutId: number,
): Promise<RolloutDetail['previousOsVersions']> {
  const result = await sql<RolloutDetail['previousOsVersions'][number]>`
    select previous_os_version as "osVersion", count(*)::int as count from rollout_device
    where rollout_id = ${rolloutId} and touched_at is not null
    group by previous_os_version order by count desc, previous_os_version limit 10`.execute(db)
  return result.rows
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
