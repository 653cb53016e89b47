import type { FastifyInstance } from 'fastify'
import { sql, type Kysely, type Transaction } from 'kysely'
import { routes } from '#contract/routes'
import type { AuditInput } from '../../platform/audit-input.ts'
import type { Schema } from '../../platform/db/schema.ts'
import { Problem } from '../../platform/problem.ts'
import { registerRoute } from '../../platform/register-route.ts'
import { isFleetWithin } from '../../platform/within.ts'

/** Appends one entry, in the same transaction as the change it tells of. */
export async function recordAudit(
  db: Kysely<Schema> | Transaction<Schema>,
  entry: AuditInput,
  at: Date,
): Promise<void> {
  await db
    .insertInto('audit_entry')
    .values({
      at,
      actor: entry.actor.name,
      actor_kind: entry.actor.kind,
      action: entry.action,
      subject_kind: entry.subjectKind,
      subject_id: entry.subjectId,
      fleet_id: entry.fleetId ?? null,
      summary: entry.summary,
      data: JSON.stringify(entry.data ?? {}),
    })
    .execute()
}

export function auditModule(deps: { db: Kysely<Schema> }) {
  return {
    register(app: FastifyInstance): void {
      registerRoute(app, routes.listAudit, async ({ query, within }) => {
        const before = query.after === undefined ? null : Number(query.after)
        if (before !== null && !Number.isSafeInteger(before))
          throw Problem.invalid('query.after', 'is not a cursor of this list')
        const like = `%${query.q.replace(/[\\%_]/g, '\\$&')}%`
        const rows = await deps.db
          .selectFrom('audit_entry')
          .selectAll()
          .$if(before !== null, (q) => q.where('id', '<', before ?? 0))
          // What belongs to no fleet is for those who may read of all.
          .$if(within !== 'all', (q) => q.where(isFleetWithin(within, sql`fleet_id`)))
          .$if(query.q !== '', (q) =>
            q.where((eb) =>
              eb.or([eb('summary', 'ilike', like), eb('actor', 'ilike', like), eb('action', 'ilike', like)]),
            ),
          )
          .orderBy('id', 'desc')
          .limit(query.limit + 1)
          .execute()
        const shown = rows.slice(0, query.limit)
        const last = shown.at(-1)
        return {
          rows: shown.map((row) => ({
            id: row.id,
            at: row.at.toISOString(),
            actor: row.actor,
            actorKind: row.actor_kind,
            action: row.action,
            subjectKind: row.subject_kind,
            subjectId: row.subject_id,
            summary: row.summary,
            fleetId: row.fleet_id,
          })),
          next: rows.length > query.limit && last ? String(last.id) : null,
        }
      })
    },
  }
}
