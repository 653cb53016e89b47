import { sql, type RawBuilder } from 'kysely'
import {
  rolloutDeviceStates,
  rolloutState,
  type RolloutRow,
  type RolloutState,
  type RolloutTotals,
} from '#contract/rollout'
import type { RolloutTarget } from '#contract/fleet'
import { rolloutTargetJson } from '../../platform/db/rollout-target.ts'
import { isFleetWithin, type Within } from '../../platform/within.ts'
import { iso, noCounts, type Counts, type Db } from './rollout-rows.ts'

export type RowSource = {
  id: number
  fleet_id: number
  fleet_name: string
  target: RolloutTarget
  state: RolloutState
  created_at: Date
  created_by: string
  finished_at: Date | null
  /** The kept counts of every phase; nothing is counted anew, however large the rollout. */
  states: Partial<Counts>[]
}

export function toRow(source: RowSource): RolloutRow {
  const counts = sumCounts(source.states)
  return {
    id: source.id,
    fleetId: source.fleet_id,
    fleetName: source.fleet_name,
    target: source.target,
    state: source.state,
    createdAt: iso(source.created_at),
    createdBy: source.created_by,
    finishedAt: source.finished_at ? iso(source.finished_at) : null,
    total: Object.values(counts).reduce((sum, count) => sum + count, 0),
    counts,
  }
}

/** In one statement: a state beside counts of another moment would tell of a rollout that never was. */
export async function readSources(
  db: Db,
  where: ReturnType<typeof sql>,
  limit: number,
): Promise<RowSource[]> {
  const result = await sql<RowSource>`
    select ro.id, ro.fleet_id, f.name as fleet_name, ${rolloutTargetJson} as target, ro.state, ro.created_at,
      ro.created_by, ro.finished_at,
      (select jsonb_agg(rp.tally -> 'states') from rollout_phase rp where rp.rollout_id = ro.id) as states
    from rollout ro join fleet f on f.id = ro.fleet_id left join release r on r.id = ro.release_id
    where ${where} order by ro.id desc limit ${limit}`.execute(db)
  return result.rows
}

function sumCounts(phases: readonly Partial<Counts>[]): Counts {
  const counts = noCounts()
  for (const phase of phases) for (const state of rolloutDeviceStates) counts[state] += phase[state] ?? 0
  return counts
}

const readRows = async (db: Db, where: RawBuilder<unknown>, limit: number): Promise<RolloutRow[]> =>
  (await readSources(db, where, limit)).map(toRow)

/** What narrows the list. */
export type RolloutFilter = Within<{
  fleetId?: number | undefined
  state: readonly RolloutState[]
  q: string
}>

/** Over `ro`, its fleet `f` and its release `r`: matches by fleet and text, in any state. */
function matches({ fleetId, q, within }: Omit<RolloutFilter, 'state'>): RawBuilder<boolean> {
  const ofFleet = sql`${isFleetWithin(within, sql`ro.fleet_id`)}
    and ${fleetId === undefined ? sql`true` : sql`ro.fleet_id = ${fleetId}`}`
  if (q === '') return sql<boolean>`${ofFleet}`
  const number = /^#([0-9]{1,15})$/.exec(q)?.[1]
  if (number !== undefined) return sql<boolean>`${ofFleet} and ro.id = ${Number(number)}`
  const escaped = q.replace(/[\\%_]/g, '\\$&')
  const like = `%${escaped}%`
  return sql<boolean>`${ofFleet} and (r.semver ilike ${like} or ro.os_version ilike ${like}
    or r.commit like ${`${escaped.toLowerCase()}%`} or f.name ilike ${like} or ro.created_by ilike ${like})`
}
const inState = (state: readonly RolloutState[]) =>
  state.length === 0 ? sql`true` : sql`ro.state = any(${[...state]}::text[])`

/** One page, newest first, of those that match; `after`: the number of the last one of the page before. */
export async function pageRollouts(
  db: Db,
  query: RolloutFilter & { limit: number; after: number | null },
): Promise<{ rows: RolloutRow[]; next: number | null }> {
  const before = query.after === null ? sql`true` : sql`ro.id < ${query.after}`
  const rows = await readRows(
    db,
    sql`${matches(query)} and ${inState(query.state)} and ${before}`,
    query.limit + 1,
  )
  const shown = rows.slice(0, query.limit)
  return { rows: shown, next: rows.length > query.limit ? (shown.at(-1)?.id ?? null) : null }
}

/** How many match, and how many each state would leave. */
export async function countRollouts(db: Db, filter: RolloutFilter): Promise<RolloutTotals> {
  const counted = await sql<{ state: RolloutState; count: number }>`
    select ro.state, count(*)::int as count
    from rollout ro join fleet f on f.id = ro.fleet_id left join release r on r.id = ro.release_id
    where ${matches(filter)} group by ro.state`.execute(db)
  const stateCounts = Object.fromEntries(
    rolloutState.options.map((state) => [state, counted.rows.find((row) => row.state === state)?.count ?? 0]),
  ) as Record<RolloutState, number>
  const chosen = filter.state.length === 0 ? rolloutState.options : [...new Set(filter.state)]
  return { total: chosen.reduce((sum, state) => sum + stateCounts[state], 0), stateCounts }
}

/** These rollouts, and which of them match. */
export async function readRollouts(
  db: Db,
  ids: readonly number[],
  filter: RolloutFilter,
): Promise<{ upserted: RolloutRow[]; matching: number[] }> {
  const these = sql`ro.id = any(${[...ids]}::bigint[]) and ${isFleetWithin(filter.within, sql`ro.fleet_id`)}`
  const upserted = await readRows(db, these, ids.length)
  const matching = await readSources(
    db,
    sql`${these} and ${matches(filter)} and ${inState(filter.state)}`,
    ids.length,
  )
  return { upserted, matching: matching.map((source) => source.id) }
}
