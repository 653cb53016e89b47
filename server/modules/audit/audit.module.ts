import { Readable } from 'node:stream'
import type { FastifyInstance } from 'fastify'
import type { Kysely, Transaction } from 'kysely'
import type { AuditEntry, AuditFilter } from '#contract/audit'
import { routes } from '#contract/routes'
import type { AuditInput } from '../../platform/audit-input.ts'
import { csvHead, csvLine, type CsvColumns } from '../../platform/csv.ts'
import { atOneMoment } from '../../platform/db/one-moment.ts'
import type { Schema } from '../../platform/db/schema.ts'
import { Problem } from '../../platform/problem.ts'
import { registerRoute } from '../../platform/register-route.ts'
import type { Within } from '../../platform/within.ts'
import { checkSeals, sealEntries } from './audit-seal.store.ts'
import { pageAudit, recordAudit, scanAudit } from './audit.store.ts'

const columns: CsvColumns<AuditEntry> = [
  ['id', (entry) => entry.id],
  ['at', (entry) => entry.at],
  ['actor', (entry) => entry.actor],
  ['actor kind', (entry) => entry.actorKind],
  ['address', (entry) => entry.address],
  ['action', (entry) => entry.action],
  ['subject kind', (entry) => entry.subjectKind],
  ['subject', (entry) => entry.subjectId],
  ['fleet', (entry) => entry.fleetId],
  ['summary', (entry) => entry.summary],
  ['data', (entry) => JSON.stringify(entry.data)],
]

async function* exportAudit(
  db: Kysely<Schema>,
  filter: Within<AuditFilter>,
  format: 'csv' | 'ndjson',
): AsyncGenerator<string> {
  if (format === 'csv') yield csvHead(columns)
  const write = (entry: AuditEntry) =>
    format === 'csv' ? csvLine(columns, entry) : `${JSON.stringify(entry)}\n`
  for await (const entries of scanAudit(db, filter)) yield entries.map(write).join('')
}

function checkRange({ from, to }: AuditFilter): void {
  if (from !== undefined && to !== undefined && Date.parse(from) > Date.parse(to))
    throw Problem.invalid('query.from', 'is after query.to')
}

/** Who changed what: listed, exported, and sealed so that a change of it shows. */
export function auditModule({ db, now }: { db: Kysely<Schema>; now: () => Date }) {
  return {
    /**
     * Appends an entry, in the transaction of the change that it tells of. The key that the change was asked for with is
     * taken there too, so that neither is stored without the other.
     */
    record: async (trx: Kysely<Schema> | Transaction<Schema>, entry: AuditInput): Promise<void> => {
      await entry.actor.claim?.take(trx)
      await recordAudit(trx, entry, now())
    },
    /** Job: seals what was stored since. */
    seal: () => sealEntries(db, now),
    register(app: FastifyInstance): void {
      registerRoute(app, routes.listAudit, async ({ query, within }) => {
        checkRange(query)
        const before = query.after === undefined ? null : Number(query.after)
        if (before !== null && !Number.isSafeInteger(before))
          throw Problem.invalid('query.after', 'is not a cursor of this list')
        const page = await pageAudit(db, { ...query, within }, { before, limit: query.limit })
        return { rows: page.rows, next: page.next === null ? null : String(page.next) }
      })
      registerRoute(app, routes.exportAudit, ({ query, within, reply }) => {
        checkRange(query)
        const { format } = query
        reply
          .type(format === 'csv' ? 'text/csv; charset=utf-8' : 'application/x-ndjson')
          .header('content-disposition', `attachment; filename="wheelhouse-audit.${format}"`)
        return reply.send(Readable.from(exportAudit(db, { ...query, within }, format)))
      })
      registerRoute(app, routes.checkAudit, () => atOneMoment(db, checkSeals))
    },
  }
}
