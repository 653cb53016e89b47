import { sql, type Kysely } from 'kysely'
import type { LogLine, LogSelector } from '#contract/log'
import type { Schema } from '../../platform/db/schema.ts'
import { joinDevice, lineColumns, rowColumns, toLines, type LogRow } from './log-rows.ts'
import { nearestInScope, scopeConditions, type IdRange, type LogScope } from './log-scope.store.ts'
import { lineConditions, messageFilter } from './log-selector.ts'
import { sift, unlimited, type Budget } from './log-sift.ts'

export type LogDirection = 'older' | 'newer'

/** Ids one statement goes over: grows while statements are quick, so that none keeps the database for long. */
export class Stride {
  static readonly #least = 1_000
  static readonly #quickMs = 50
  static readonly #slowMs = 200
  #size: number
  readonly #most: number
  constructor(size: number, most: number) {
    this.#most = most
    this.#size = Math.max(Stride.#least, size)
  }
  get size(): number {
    return this.#size
  }
  note(tookMs: number): void {
    if (tookMs < Stride.#quickMs) this.#size = Math.min(this.#most, this.#size * 4)
    else if (tookMs > Stride.#slowMs) this.#size = Math.max(Stride.#least, Math.round(this.#size / 2))
  }
}

/** Ids of the first statement for each line hoped for: more where few of the lines are meant. */
const IDS_PER_LINE = 4
const IDS_PER_NARROW_LINE = 32
const MOST_IDS = 250_000
/** Of a few devices only a small part of the ids are lines, and an index finds them. */
const MOST_IDS_OF_DEVICES = 5_000_000

/** Lines fetched at once when the gateway itself has to judge or write them. */
const FETCH_LIMIT = 2_000

async function readStride(
  db: Kysely<Schema>,
  selector: LogSelector,
  scope: LogScope,
  direction: LogDirection,
  ids: IdRange,
  limit: number,
): Promise<LogRow[]> {
  const order = direction === 'older' ? sql`desc` : sql`asc`
  const conditions = [
    sql`l.id between ${ids.low} and ${ids.high}`,
    ...scopeConditions(scope),
    ...lineConditions(selector),
  ]
  const result = await sql<LogRow>`
    select ${rowColumns} from (
      select ${lineColumns} from log_line l where ${sql.join(conditions, sql` and `)}
      order by l.id ${order} limit ${limit}) as lines
    ${joinDevice} order by lines.id ${order}`.execute(db)
  return result.rows
}

/**
 * `edge`: everything up to and with this id has been searched, also what did not match; null at the end of the scope.
 * `lines`: nearest first.
 */
export type Scanned = { lines: LogLine[]; edge: number | null }

/**
 * All matching lines of a scope beyond `edge` (exclusive), nearest first, a piece at a time: it reads on only as far as
 * the caller asks, so a range larger than memory can be streamed and a search can stop anywhere and go on later.
 * `wanted`: how many lines the caller hopes for. Throws BadPattern before the first piece.
 */
export async function* scanLogs(
  db: Kysely<Schema>,
  selector: LogSelector,
  scope: LogScope,
  options: { direction: LogDirection; edge: number | null; wanted?: number; budget?: Budget },
): AsyncGenerator<Scanned> {
  const { direction, edge, wanted = FETCH_LIMIT, budget = unlimited } = options
  const isOlder = direction === 'older'
  const isMeant = messageFilter(selector)
  const limit = isMeant === null ? Math.min(wanted, FETCH_LIMIT) : FETCH_LIMIT
  const isNarrow = lineConditions(selector).length > 0
  const stride = new Stride(
    limit * (isNarrow ? IDS_PER_NARROW_LINE : IDS_PER_LINE),
    scope.deviceIds === null ? MOST_IDS : MOST_IDS_OF_DEVICES,
  )
  let { low, high } = scope.ids
  if (edge !== null && isOlder) high = Math.min(high, edge - 1)
  if (edge !== null && !isOlder) low = Math.max(low, edge + 1)
  while (low <= high) {
    const ids = isOlder
      ? { low: Math.max(low, high - stride.size + 1), high }
      : { low, high: Math.min(high, low + stride.size - 1) }
    const startMs = performance.now()
    const rows = await readStride(db, selector, scope, direction, ids, limit)
    stride.note(performance.now() - startMs)
    const { kept, examined } = await sift(rows, isMeant, budget)
    const last = rows[examined - 1]
    // Cut short, by the limit or by the budget: what lies beyond the last line looked at is still to be searched.
    const isCut = last !== undefined && (rows.length === limit || examined < rows.length)
    let reached = isCut ? last.id : isOlder ? ids.low : ids.high
    if (rows.length === 0) {
      const next = await nearestInScope(db, scope, direction, isOlder ? ids.low - 1 : ids.high + 1)
      reached = next === null ? (isOlder ? low : high) : isOlder ? next + 1 : next - 1
    }
    if (isOlder) high = reached - 1
    else low = reached + 1
    yield { lines: kept.flatMap(toLines), edge: low <= high ? reached : null }
  }
}
