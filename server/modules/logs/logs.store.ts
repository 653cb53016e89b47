import type { Kysely } from 'kysely'
import type { LogLine, LogPage, LogSelector } from '#contract/log'
import type { Schema } from '../../platform/db/schema.ts'
import type { Within } from '../../platform/within.ts'
import { scanLogs, type LogDirection } from './log-scan.store.ts'
import { findScope, type LogRange, type LogScope } from './log-scope.store.ts'
import { timeBudget, type Budget } from './log-sift.ts'

/** How long one search goes on before it says how far it came. */
export const SEARCH_BUDGET_MS = 1_500

/** Id of the first line received at or after `at`, or null when there is none. */
async function firstLineAt(db: Kysely<Schema>, at: Date): Promise<number | null> {
  const row = await db
    .selectFrom('log_line')
    .select('id')
    .where('received_at', '>=', at)
    .orderBy('received_at')
    .orderBy('id')
    .limit(1)
    .executeTakeFirst()
  return row?.id ?? null
}

/** When the lines at an edge were received: the nearest one that was searched. */
async function timeAt(
  db: Kysely<Schema>,
  direction: LogDirection,
  edge: number | null,
): Promise<string | null> {
  if (edge === null) return null
  const isOlder = direction === 'older'
  const row = await db
    .selectFrom('log_line')
    .select('received_at')
    .where('id', isOlder ? '>=' : '<=', edge)
    .orderBy('id', isOlder ? 'asc' : 'desc')
    .limit(1)
    .executeTakeFirst()
  return row?.received_at.toISOString() ?? null
}

/** `edge`: the last line read, from which the search goes on; null at the end of the log. */
type Collected = { lines: LogLine[]; edge: number | null; searchedAt: string | null }
const nothing: Collected = { lines: [], edge: null, searchedAt: null }

type Search = { db: Kysely<Schema>; selector: LogSelector; scope: LogScope; budget: Budget }

async function collect(
  { db, selector, scope, budget }: Search,
  direction: LogDirection,
  from: number | null,
  limit: number,
): Promise<Collected> {
  const lines: LogLine[] = []
  const scan = scanLogs(db, selector, scope, { direction, edge: from, wanted: limit + 1, budget })
  for await (const piece of scan) {
    lines.push(...piece.lines)
    if (lines.length > limit) {
      const page = lines.slice(0, limit)
      return { lines: page, edge: page.at(-1)?.id ?? null, searchedAt: null }
    }
    if (piece.edge !== null && budget.isSpent())
      return { lines, edge: piece.edge, searchedAt: await timeAt(db, direction, piece.edge) }
  }
  return { lines, edge: null, searchedAt: null }
}

async function newestLineId(db: Kysely<Schema>): Promise<number> {
  const row = await db
    .selectFrom('log_line')
    .select((eb) => eb.fn.max('id').as('id'))
    .executeTakeFirst()
  return row?.id ?? 0
}

type Place = LogRange & {
  before?: number | undefined
  after?: number | undefined
  at?: Date | undefined
  limit: number
  budget?: Budget
}

/**
 * One page of lines, oldest first: the newest, those before or after a line, or around a time. It ends when it is full,
 * at the end of the range, or when the budget is spent, and then says how far it came. Throws BadPattern.
 */
export async function searchLogs(
  db: Kysely<Schema>,
  selector: Within<LogSelector>,
  place: Place,
): Promise<LogPage> {
  // Before the lines are read, so that nothing newer than the page can be taken for part of it.
  const cursor = await newestLineId(db)
  const scope = await findScope(db, selector, { from: place.from, to: place.to })
  const search = { db, selector, scope, budget: place.budget ?? timeBudget(SEARCH_BUDGET_MS) }
  return { ...(await findLines(search, place)), cursor }
}

type FoundLines = Omit<LogPage, 'cursor'>

async function findLines(search: Search, place: Place): Promise<FoundLines> {
  if (place.after !== undefined) {
    const newer = await collect(search, 'newer', place.after, place.limit)
    return pageOf({ ...nothing, edge: place.after }, newer)
  }
  if (place.at !== undefined) return searchAround(search, place.at, place.limit)
  const older = await collect(search, 'older', place.before ?? null, place.limit)
  return { ...pageOf(older, nothing), hasNewer: place.before !== undefined }
}

function pageOf(older: Collected, newer: Collected): FoundLines {
  return {
    lines: [...older.lines.toReversed(), ...newer.lines],
    hasOlder: older.edge !== null,
    hasNewer: newer.edge !== null,
    isTruncated: older.searchedAt !== null || newer.searchedAt !== null,
    olderFrom: older.edge,
    newerFrom: newer.edge,
    searchedFrom: older.searchedAt,
    searchedTo: newer.searchedAt,
  }
}

async function searchAround(search: Search, at: Date, limit: number): Promise<FoundLines> {
  const half = Math.max(1, Math.floor(limit / 2))
  const first = await firstLineAt(search.db, at)
  const newer = first === null ? nothing : await collect(search, 'newer', first - 1, half)
  return pageOf(await collect(search, 'older', first, half), newer)
}
