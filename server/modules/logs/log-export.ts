import type { Kysely } from 'kysely'
import type { z } from 'zod'
import type { logExportQuery, LogLine } from '#contract/log'
import type { Schema } from '../../platform/db/schema.ts'
import type { Within } from '../../platform/within.ts'
import { scanLogs } from './log-scan.store.ts'
import { findScope } from './log-scope.store.ts'

const asText = (line: LogLine) =>
  `${line.at} ${line.deviceName} ${line.service ?? 'system'} ${line.level.toUpperCase()} ${line.message}\n`
const asJson = (line: LogLine) => `${JSON.stringify(line)}\n`

const dateOf = (text: string | undefined) => (text === undefined ? undefined : new Date(text))
/** A range as it stands in a query. */
export const rangeOf = (query: { from?: string | undefined; to?: string | undefined }) => ({
  from: dateOf(query.from),
  to: dateOf(query.to),
})

/**
 * Every matching line as text, oldest first, up to the newest one there is at the start. The next piece is read only when
 * the one before was taken: a reader as slow as can be holds up the reading, not memory.
 */
export async function* exportLines(
  db: Kysely<Schema>,
  query: Within<z.output<typeof logExportQuery>>,
): AsyncGenerator<string> {
  const scope = await findScope(db, query, rangeOf(query))
  const write = query.format === 'ndjson' ? asJson : asText
  for await (const piece of scanLogs(db, query, scope, { direction: 'newer', edge: null }))
    if (piece.lines.length > 0) yield piece.lines.map(write).join('')
}
