import type { Kysely } from 'kysely'
import { logSelector, type LogLine } from '#contract/log'
import type { FleetScope } from '#contract/role'
import type { Schema } from '../../platform/db/schema.ts'
import { scanLogs } from './log-scan.store.ts'
import { findScope } from './log-scope.store.ts'

export type NewestOf = [
  uuid: string,
  range: { from: Date; to: Date },
  most: { lines: number; characters: number },
  within: FleetScope,
]

/** The newest lines of a device in a range, oldest first, as many as fit; `isCut`: there are older ones. */
export async function newestLines(
  db: Kysely<Schema>,
  ...[uuid, range, most, within]: NewestOf
): Promise<{ lines: LogLine[]; isCut: boolean }> {
  const selector = logSelector.parse({ device: uuid })
  const scope = await findScope(db, { ...selector, within }, range)
  const lines: LogLine[] = []
  let characters = 0
  for await (const piece of scanLogs(db, selector, scope, { direction: 'older', edge: null }))
    for (const line of piece.lines) {
      characters += line.message.length
      if (lines.length === most.lines || characters > most.characters)
        return { lines: lines.reverse(), isCut: true }
      lines.push(line)
    }
  return { lines: lines.reverse(), isCut: false }
}
