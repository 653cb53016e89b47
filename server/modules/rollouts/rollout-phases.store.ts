import { sql, type Kysely, type Selectable, type Transaction } from 'kysely'
import { gateCriterion, type GateCriterion } from '#contract/rollout-plan'
import type { Schema } from '../../platform/db/schema.ts'
import type { PhaseStanding, RolloutSituation } from './engine/situation.engine.ts'
import type { PhaseTally } from './engine/tally.engine.ts'

type Db = Kysely<Schema> | Transaction<Schema>
export type StoredRollout = Selectable<Schema['rollout']>
type PhaseRow = Omit<Selectable<Schema['rollout_phase']>, 'tally'> & { tally: PhaseTally }

const toStanding = (row: PhaseRow): PhaseStanding => ({
  index: row.index,
  state: row.state,
  isControl: row.is_control,
  openedAtMs: row.opened_at?.getTime() ?? null,
  passedAtMs: row.passed_at?.getTime() ?? null,
  isApproved: row.is_approved,
  isSkipped: row.is_skipped,
  accepted: row.accepted,
  tally: row.tally,
})

/** The phases of a rollout in order, with their kept tallies. */
export async function readPhases(db: Db, rolloutId: number): Promise<PhaseStanding[]> {
  const result = await sql<PhaseRow>`
    select * from rollout_phase where rollout_id = ${rolloutId} order by index`.execute(db)
  return result.rows.map(toStanding)
}

/** The rollout as the engine sees it. */
export async function readSituation(db: Db, rollout: StoredRollout): Promise<RolloutSituation> {
  return {
    state: rollout.state,
    plan: rollout.plan,
    startedAtMs: rollout.created_at.getTime(),
    phases: await readPhases(db, rollout.id),
    starts: { minuteMs: rollout.starts_minute?.getTime() ?? 0, count: rollout.starts_count },
  }
}

const time = (ms: number | null) => (ms === null ? null : new Date(ms))

/** Stores phases as they stand; `before` spares those that did not change. */
export async function writePhases(
  trx: Transaction<Schema>,
  rolloutId: number,
  phases: readonly PhaseStanding[],
  before: readonly PhaseStanding[] = [],
): Promise<void> {
  for (const phase of phases) {
    const held = before[phase.index]
    if (held && JSON.stringify(held) === JSON.stringify(phase)) continue
    const row = {
      state: phase.state,
      is_control: phase.isControl,
      opened_at: time(phase.openedAtMs),
      passed_at: time(phase.passedAtMs),
      is_approved: phase.isApproved,
      is_skipped: phase.isSkipped,
      accepted: JSON.stringify(phase.accepted),
      tally: JSON.stringify(phase.tally),
    }
    await trx
      .insertInto('rollout_phase')
      .values({ rollout_id: rolloutId, index: phase.index, ...row })
      .onConflict((conflict) => conflict.columns(['rollout_id', 'index']).doUpdateSet(row))
      .execute()
  }
}

/** Stores the figures of a phase's gate as they are at this moment. */
export async function writeVerdict(
  trx: Transaction<Schema>,
  rolloutId: number,
  index: number,
  criteria: readonly GateCriterion[],
): Promise<void> {
  await trx
    .updateTable('rollout_phase')
    .set({ verdict: JSON.stringify(criteria.map((one) => gateCriterion.parse(one))) })
    .where('rollout_id', '=', rolloutId)
    .where('index', '=', index)
    .execute()
}

/** The figures of the gates that were passed or at which the rollout stopped, in the order of the phases. */
export async function readVerdicts(
  db: Db,
  rolloutId: number,
): Promise<{ phaseIndex: number; criteria: GateCriterion[] }[]> {
  const rows = await db
    .selectFrom('rollout_phase')
    .select(['index', 'verdict'])
    .where('rollout_id', '=', rolloutId)
    .where('verdict', 'is not', null)
    .orderBy('index')
    .execute()
  return rows.map((row) => ({ phaseIndex: row.index, criteria: row.verdict ?? [] }))
}
