import { sql, type Kysely } from 'kysely'
import type { LogLevel, LogLine, LogPage, LogSelector } from '#contract/log'
import type { Schema } from '../../platform/db/schema.ts'
import { compilePattern, selectorCondition } from './log-selector.ts'

/** How many stored lines one search with a pattern reads before it says that it stopped. */
export const SCAN_LIMIT = 50_000
const SCAN_BATCH = 5_000

type Row = {
  id: number
  uuid: string
  name: string
  at: Date
  received_at: Date
  service_name: string | null
  is_system: boolean
  is_stderr: boolean
  level: LogLevel
  message: string
}

const toLine = (row: Row): LogLine => ({
  id: row.id,
  deviceUuid: row.uuid,
  deviceName: row.name,
  at: row.at.toISOString(),
  receivedAt: row.received_at.toISOString(),
  service: row.service_name,
  isSystem: row.is_system,
  isStderr: row.is_stderr,
  level: row.level,
  message: row.message,
})

export type LogDirection = 'older' | 'newer'
export type LogRange = { from?: Date | undefined; to?: Date | undefined }

/** One batch of lines beyond `edge` (exclusive line id), nearest first. */
async function readBatch(
  db: Kysely<Schema>,
  selector: LogSelector,
  direction: LogDirection,
  edge: number | null,
  range: LogRange,
  limit: number,
): Promise<LogLine[]> {
  const beyond = edge === null ? sql`true` : direction === 'older' ? sql`l.id < ${edge}` : sql`l.id > ${edge}`
  const order = direction === 'older' ? sql`desc` : sql`asc`
  const result = await sql<Row>`
    select l.id, d.uuid, d.name, l.at, l.received_at, l.service_name, l.is_system, l.is_stderr, l.level, l.message
    from log_line l join device d on d.id = l.device_id
    where ${beyond} and ${selectorCondition(selector)}
      and ${range.from === undefined ? sql`true` : sql`l.received_at >= ${range.from}`}
      and ${range.to === undefined ? sql`true` : sql`l.received_at <= ${range.to}`}
    order by l.id ${order} limit ${limit}`.execute(db)
  return result.rows.map(toLine)
}

/**
 * All matching lines beyond `edge`, nearest first, a batch at a time: reads on only as far as the caller asks,
 * so a range larger than memory can be streamed. Throws BadPattern before the first batch.
 */
export async function* scanLogs(
  db: Kysely<Schema>,
  selector: LogSelector,
  direction: LogDirection,
  edge: number | null,
  range: LogRange = {},
  batchSize = SCAN_BATCH,
): AsyncGenerator<{ lines: LogLine[]; scanned: number; edge: number | null }> {
  const matches = selector.regex === '' ? null : compilePattern(selector.regex)
  for (let next = edge; ;) {
    const batch = await readBatch(db, selector, direction, next, range, batchSize)
    const lines = matches === null ? batch : batch.filter((line) => matches(line.message))
    const last = batch.at(-1)
    yield { lines, scanned: batch.length, edge: last?.id ?? null }
    if (!last || batch.length < batchSize) return
    next = last.id
  }
}

/** Id of the first line received at or after `at`, or null when there is none. */
export async function firstLineAt(db: Kysely<Schema>, at: Date): Promise<number | null> {
  const row = await db
    .selectFrom('log_line')
    .select((eb) => eb.fn.min('id').as('id'))
    .where('received_at', '>=', at)
    .executeTakeFirst()
  return row?.id ?? null
}

/** `edge`: the last line read, from which the search goes on; null at the end of the log. */
type Collected = { lines: LogLine[]; edge: number | null; isTruncated: boolean }

async function collect(
  db: Kysely<Schema>,
  selector: LogSelector,
  direction: LogDirection,
  from: number | null,
  limit: number,
): Promise<Collected> {
  const found: LogLine[] = []
  let scanned = 0
  const batchSize = selector.regex === '' ? limit + 1 : SCAN_BATCH
  for await (const batch of scanLogs(db, selector, direction, from, {}, batchSize)) {
    found.push(...batch.lines)
    scanned += batch.scanned
    if (found.length > limit) {
      const lines = found.slice(0, limit)
      return { lines, edge: lines.at(-1)?.id ?? null, isTruncated: false }
    }
    if (scanned >= SCAN_LIMIT) return { lines: found, edge: batch.edge, isTruncated: true }
  }
  return { lines: found, edge: null, isTruncated: false }
}

async function newestLineId(db: Kysely<Schema>): Promise<number> {
  const row = await db
    .selectFrom('log_line')
    .select((eb) => eb.fn.max('id').as('id'))
    .executeTakeFirst()
  return row?.id ?? 0
}

type Place = {
  before?: number | undefined
  after?: number | undefined
  at?: Date | undefined
  limit: number
}

/** One page of lines, oldest first: the newest, those before or after a line, or around a time. */
export async function searchLogs(db: Kysely<Schema>, selector: LogSelector, place: Place): Promise<LogPage> {
  // Before the lines are read, so that nothing newer than the page can be taken for part of it.
  const cursor = await newestLineId(db)
  return { ...(await findLines(db, selector, place)), cursor }
}

type FoundLines = Omit<LogPage, 'cursor'>

async function findLines(db: Kysely<Schema>, selector: LogSelector, place: Place): Promise<FoundLines> {
  if (place.after !== undefined) {
    const newer = await collect(db, selector, 'newer', place.after, place.limit)
    return pageOf({ lines: [], edge: place.after, isTruncated: false }, newer)
  }
  if (place.at !== undefined) return searchAround(db, selector, place.at, place.limit)
  const older = await collect(db, selector, 'older', place.before ?? null, place.limit)
  return { ...pageOf(older, null), hasNewer: place.before !== undefined }
}

function pageOf(older: Collected, newer: Collected | null): FoundLines {
  return {
    lines: [...older.lines.toReversed(), ...(newer?.lines ?? [])],
    hasOlder: older.edge !== null,
    hasNewer: newer !== null && newer.edge !== null,
    isTruncated: older.isTruncated || (newer?.isTruncated ?? false),
    olderFrom: older.edge,
    newerFrom: newer?.edge ?? null,
    searchedFrom: null,
    searchedTo: null,
  }
}

async function searchAround(
  db: Kysely<Schema>,
  selector: LogSelector,
  at: Date,
  limit: number,
): Promise<FoundLines> {
  const half = Math.max(1, Math.floor(limit / 2))
  const first = await firstLineAt(db, at)
  const newer = first === null ? null : await collect(db, selector, 'newer', first - 1, half)
  return pageOf(await collect(db, selector, 'older', first, half), newer)
}

/** Deletes lines older than `before`, a bounded batch at a time; answers how many went. */
export async function pruneLogsByAge(db: Kysely<Schema>, before: Date, batch: number): Promise<number> {
  const result = await sql<{ id: number }>`
    delete from log_line where id in (select id from log_line where received_at < ${before} order by received_at limit ${batch})
    returning id`.execute(db)
  return result.rows.length
}

/** Keeps the newest `keep` lines of each of the devices that have more; answers how many went. */
export async function pruneLogsByCount(db: Kysely<Schema>, keep: number): Promise<number> {
  const result = await sql<{ count: number }>`
    with crowded as (select device_id from log_line group by device_id having count(*) > ${keep}),
      edge as (select c.device_id, (select l.id from log_line l where l.device_id = c.device_id
        order by l.id desc offset ${keep} limit 1) as id from crowded c),
      gone as (delete from log_line l using edge where l.device_id = edge.device_id and l.id <= edge.id returning 1)
    select count(*)::int as count from gone`.execute(db)
  return result.rows[0]?.count ?? 0
}
