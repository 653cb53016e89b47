import { sql, type Kysely } from 'kysely'
import type { z } from 'zod'
import type { LogLine } from '#contract/log'
import type { FleetScope } from '#contract/role'
import type { LogContext, logContextQuery } from '#contract/log-search'
import type { Schema } from '../../platform/db/schema.ts'
import { isFleetWithin, type Within } from '../../platform/within.ts'
import { joinDevice, lineColumns, rowColumns, toLines, type LogRow } from './log-rows.ts'

type Found = LogRow & { device_id: number }

async function readLine(db: Kysely<Schema>, lineId: number): Promise<Found | undefined> {
  const result = await sql<Found>`
    select ${rowColumns} from (select ${lineColumns} from log_line l where l.id = ${lineId}) as lines ${joinDevice}`.execute(
    db,
  )
  return result.rows[0]
}

/** Lines of the same device beyond one, nearest first: the index on (device_id, id) serves. */
async function readBeside(
  db: Kysely<Schema>,
  line: Found,
  direction: 'older' | 'newer',
  options: { limit: number; isSameService: boolean; within: FleetScope },
): Promise<{ lines: LogLine[]; hasMore: boolean }> {
  const isOlder = direction === 'older'
  const result = await sql<LogRow>`
    select ${rowColumns} from (
      select ${lineColumns} from log_line l
      where l.device_id = ${line.device_id} and ${isOlder ? sql`l.id < ${line.id}` : sql`l.id > ${line.id}`}
        and ${options.isSameService ? sql`l.service_name is not distinct from ${line.service_name}` : sql`true`}
        and ${isFleetWithin(options.within, sql`l.fleet_id`)}
      order by l.id ${isOlder ? sql`desc` : sql`asc`} limit ${options.limit + 1}) as lines
    ${joinDevice} order by lines.id ${isOlder ? sql`desc` : sql`asc`}`.execute(db)
  const lines = result.rows.slice(0, options.limit).flatMap(toLines)
  return { lines: isOlder ? lines.toReversed() : lines, hasMore: result.rows.length > options.limit }
}

/** A line with those around it, or null when it is gone. */
export async function readContext(
  db: Kysely<Schema>,
  lineId: number,
  query: Within<z.output<typeof logContextQuery>>,
): Promise<LogContext | null> {
  const found = await readLine(db, lineId)
  const [line] = found ? toLines(found) : []
  if (!found || !line) return null
  const isSameService = query.service === 'same'
  const before = await readBeside(db, found, 'older', {
    limit: query.before,
    isSameService,
    within: query.within,
  })
  const after = await readBeside(db, found, 'newer', {
    limit: query.after,
    isSameService,
    within: query.within,
  })
  return {
    line,
    before: before.lines,
    after: after.lines,
    hasOlder: before.hasMore,
    hasNewer: after.hasMore,
  }
}
