import { sql, type Kysely, type RawBuilder, type Selectable, type Transaction } from 'kysely'
import type { AuditEntry, AuditFilter } from '#contract/audit'
import type { AuditInput } from '../../platform/audit-input.ts'
import type { Schema } from '../../platform/db/schema.ts'
import { isFleetWithin, type Within } from '../../platform/within.ts'

type Db = Kysely<Schema> | Transaction<Schema>

/** Appends one entry, in the same transaction as the change it tells of. */
export async function recordAudit(db: Db, entry: AuditInput, at: Date): Promise<void> {
  await db
    .insertInto('audit_entry')
    .values({
      at,
      actor: entry.actor.name,
      actor_kind: entry.actor.kind,
      address: entry.actor.address ?? '',
      action: entry.action,
      subject_kind: entry.subjectKind,
      subject_id: entry.subjectId,
      fleet_id: entry.fleetId ?? null,
      summary: entry.summary,
      data: JSON.stringify(entry.data ?? {}),
    })
    .execute()
}

const toEntry = (row: Selectable<Schema['audit_entry']>): AuditEntry => ({
  id: row.id,
  at: row.at.toISOString(),
  actor: row.actor,
  actorKind: row.actor_kind,
  address: row.address,
  action: row.action,
  subjectKind: row.subject_kind,
  subjectId: row.subject_id,
  summary: row.summary,
  fleetId: row.fleet_id,
  data: row.data,
})

/** SQL over `audit_entry`. What belongs to no fleet is for those who may read of all. */
function matches(filter: Within<AuditFilter>): RawBuilder<boolean> {
  const like = `%${filter.q.replace(/[\\%_]/g, '\\$&')}%`
  const conditions: RawBuilder<unknown>[] = [isFleetWithin(filter.within, sql`fleet_id`)]
  if (filter.q !== '')
    conditions.push(sql`(summary ilike ${like} or actor ilike ${like} or action ilike ${like})`)
  if (filter.actorKind.length > 0) conditions.push(sql`actor_kind = any(${filter.actorKind}::text[])`)
  if (filter.fleetId !== undefined) conditions.push(sql`fleet_id = ${filter.fleetId}`)
  if (filter.from !== undefined) conditions.push(sql`at >= ${filter.from}::timestamptz`)
  if (filter.to !== undefined) conditions.push(sql`at <= ${filter.to}::timestamptz`)
  return sql<boolean>`(${sql.join(conditions, sql` and `)})`
}

/** One page, newest first; `before`: the id of the last entry of the page before. */
export async function pageAudit(
  db: Db,
  filter: Within<AuditFilter>,
  page: { before: number | null; limit: number },
): Promise<{ rows: AuditEntry[]; next: number | null }> {
  const rows = await db
    .selectFrom('audit_entry')
    .selectAll()
    .where(matches(filter))
    .$if(page.before !== null, (q) => q.where('id', '<', page.before ?? 0))
    .orderBy('id', 'desc')
    .limit(page.limit + 1)
    .execute()
  const shown = rows.slice(0, page.limit)
  return {
    rows: shown.map(toEntry),
    next: rows.length > page.limit ? (shown.at(-1)?.id ?? null) : null,
  }
}

const SCAN_BATCH = 500

/** All that match, oldest first, a batch at a time. */
export async function* scanAudit(db: Db, filter: Within<AuditFilter>): AsyncGenerator<AuditEntry[]> {
  for (let last = 0; ;) {
    const rows = await db
      .selectFrom('audit_entry')
      .selectAll()
      .where(matches(filter))
      .where('id', '>', last)
      .orderBy('id')
      .limit(SCAN_BATCH)
      .execute()
    if (rows.length > 0) yield rows.map(toEntry)
    last = rows.at(-1)?.id ?? last
    if (rows.length < SCAN_BATCH) return
  }
}
