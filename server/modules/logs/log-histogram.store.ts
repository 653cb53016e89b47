import { sql, type Kysely } from 'kysely'
import type { LogLevel, LogSelector } from '#contract/log'
import type { LogHistogram } from '#contract/log-search'
import type { Schema } from '../../platform/db/schema.ts'
import type { Within } from '../../platform/within.ts'
import { chooseBuckets, SlicePlan, type Buckets, type Slice } from './log-histogram.rules.ts'
import {
  findScope,
  nearestInScope,
  scopeConditions,
  type LogRange,
  type LogScope,
} from './log-scope.store.ts'
import { lineConditions, messageFilter } from './log-selector.ts'
import { sift, timeBudget, type Budget } from './log-sift.ts'

/** How long one histogram counts before it says that it is an estimate. */
export const HISTOGRAM_BUDGET_MS = 800
const PASS_IDS = 50_000
/** Where the gateway judges each line itself, they are fetched: fewer at once. */
const PASS_FETCHED = 2_000
const QUICK_MS = 50
/** The first pass is worth waiting for: without it there is nothing to estimate from. */
const FIRST_PASS_MS = 5_000
const MOST_PASSES_AT_ONCE = 64

type Count = { bucket: number; level: LogLevel; count: number }
type Counting = {
  db: Kysely<Schema>
  selector: LogSelector
  scope: LogScope
  buckets: Buckets
  isMeant: ((message: string) => boolean) | null
  budget: Budget
}

/** The first id of each bucket, never falling, and the id after the last one. */
async function edgesOf({ db, scope, buckets }: Counting): Promise<number[]> {
  const { low, high } = scope.ids
  const starts = Array.from({ length: buckets.count }, (_, index) =>
    new Date(buckets.startMs + index * buckets.widthMs).toISOString(),
  ).slice(1)
  const result = await sql<{ id: number | null }>`
    select (select l.id from log_line l where l.received_at >= start.at order by l.received_at limit 1) as id
    from unnest(${starts}::timestamptz[]) with ordinality as start (at, place) order by start.place`.execute(
    db,
  )
  let reached = low
  const inner = result.rows.map(({ id }) => (reached = Math.min(high + 1, Math.max(reached, id ?? high + 1))))
  return [low, ...inner, high + 1]
}

/** Counts the lines of these slices; null when the budget was spent before all were judged. */
async function countSlices(
  counting: Counting,
  slices: readonly Slice[],
  budget: Budget,
): Promise<Count[] | null> {
  const { db, selector, scope, buckets, isMeant } = counting
  const conditions = [
    sql`l.id between slice.low and slice.high`,
    ...scopeConditions(scope),
    ...lineConditions(selector),
  ]
  const bucket = sql`floor((extract(epoch from l.received_at) * 1000 - ${buckets.startMs}::numeric) / ${buckets.widthMs}::numeric)::int`
  // `offset 0`: slice by slice through the index; without statistics the planner would rather read all lines for each.
  const lines = sql`unnest(${slices.map((slice) => slice.low)}::bigint[], ${slices.map((slice) => slice.high)}::bigint[]) as slice (low, high)
    cross join lateral (
      select ${bucket} as bucket, l.level, l.message from log_line l where ${sql.join(conditions, sql` and `)} offset 0) as line`
  if (isMeant === null) {
    const counted =
      await sql<Count>`select line.bucket, line.level, count(*)::int as count from ${lines} group by 1, 2`.execute(
        db,
      )
    return counted.rows
  }
  const { rows } = await sql<{ bucket: number; level: LogLevel; message: string }>`
    select line.bucket, line.level, line.message from ${lines}`.execute(db)
  const { kept, examined } = await sift(rows, isMeant, budget)
  return examined < rows.length
    ? null
    : kept.map((row) => ({ bucket: row.bucket, level: row.level, count: 1 }))
}

/** Counts pass after pass until all of the range is counted or the budget is spent; the first pass is always made. */
async function countPasses(counting: Counting): Promise<{ plan: SlicePlan; counts: Count[] }> {
  const isFetched = counting.isMeant !== null
  const plan = new SlicePlan(await edgesOf(counting), isFetched ? PASS_FETCHED : PASS_IDS)
  const counts: Count[] = []
  let atOnce = 1
  for (let pass = 0; pass < plan.passes && (pass === 0 || !counting.budget.isSpent());) {
    const next = Math.min(plan.passes, pass + atOnce)
    const slices = Array.from({ length: next - pass }, (_, index) => plan.pass(pass + index)).flat()
    const budget = pass === 0 ? timeBudget(FIRST_PASS_MS) : counting.budget
    const startMs = performance.now()
    const found = slices.length === 0 ? [] : await countSlices(counting, slices, budget)
    if (found === null) break
    counts.push(...found)
    plan.cover(slices)
    pass = next
    const isQuick = performance.now() - startMs < QUICK_MS
    if (isQuick && !isFetched) atOnce = Math.min(MOST_PASSES_AT_ONCE, atOnce * 2)
  }
  return { plan, counts }
}

const emptyLevels = (): Record<LogLevel, number> => ({ error: 0, warning: 0, info: 0, debug: 0 })

function histogramOf(
  { from, to }: { from: Date; to: Date },
  buckets: Buckets,
  counts: readonly Count[],
  plan: SlicePlan,
): LogHistogram {
  const byBucket = Array.from({ length: buckets.count }, emptyLevels)
  for (const { bucket, level, count } of counts) {
    const levels = byBucket[bucket]
    if (levels) levels[level] += count
  }
  const { share } = plan
  const rows = byBucket.map((levels, bucket) => {
    const factor = plan.factor(bucket)
    const byLevel = {
      error: Math.round(levels.error * factor),
      warning: Math.round(levels.warning * factor),
      info: Math.round(levels.info * factor),
      debug: Math.round(levels.debug * factor),
    }
    const total = byLevel.error + byLevel.warning + byLevel.info + byLevel.debug
    return { at: new Date(buckets.startMs + bucket * buckets.widthMs).toISOString(), total, byLevel }
  })
  return {
    from: from.toISOString(),
    to: to.toISOString(),
    bucketSeconds: buckets.widthMs / 1000,
    buckets: rows,
    total: rows.reduce((sum, row) => sum + row.total, 0),
    isSampled: share < 1,
    share,
  }
}

async function oldestOf(db: Kysely<Schema>, scope: LogScope): Promise<Date | null> {
  const id = await nearestInScope(db, scope, 'newer', scope.ids.low)
  if (id === null) return null
  const row = await db.selectFrom('log_line').select('received_at').where('id', '=', id).executeTakeFirst()
  return row?.received_at ?? null
}

/**
 * Counts over time of the lines that a selector means, by level. What cannot be counted within the budget is estimated
 * from slices spread over the range. Throws BadPattern.
 */
export async function readHistogram(
  db: Kysely<Schema>,
  selector: Within<LogSelector>,
  range: LogRange & { to: Date },
  most: number,
  budget: Budget = timeBudget(HISTOGRAM_BUDGET_MS),
): Promise<LogHistogram> {
  const isMeant = messageFilter(selector)
  const scope = await findScope(db, selector, range)
  const from = range.from ?? (await oldestOf(db, scope)) ?? range.to
  const span = { from: from > range.to ? range.to : from, to: range.to }
  const buckets = chooseBuckets(span.from.getTime(), span.to.getTime(), most)
  if (scope.ids.low > scope.ids.high) return histogramOf(span, buckets, [], new SlicePlan([], 1))
  const { plan, counts } = await countPasses({ db, selector, scope, buckets, isMeant, budget })
  return histogramOf(span, buckets, counts, plan)
}
