import { sql, type Kysely, type Selectable, type Transaction } from 'kysely'
import type { DeliveryEvent, DeliveryState, WebhookDelivery } from '#contract/webhook'
import type { Schema } from '../../platform/db/schema.ts'

type Db = Kysely<Schema> | Transaction<Schema>
type DeliveryRow = Selectable<Schema['webhook_delivery']>
export type DeliveryFilter = { state: readonly DeliveryState[]; event: readonly DeliveryEvent[] }

export const toDelivery = (row: DeliveryRow): WebhookDelivery => ({
  id: row.id,
  event: row.event,
  summary: typeof row.payload['summary'] === 'string' ? row.payload['summary'] : '',
  state: row.state,
  attempts: row.attempts,
  statusCode: row.status_code,
  error: row.error,
  tookMs: row.took_ms,
  createdAt: row.created_at.toISOString(),
  nextAttemptAt: row.next_attempt_at?.toISOString() ?? null,
  finishedAt: row.finished_at?.toISOString() ?? null,
  payload: row.payload,
})

/** A page of the delivery log, newest first; `before` is the id of the last row of the page before. */
export async function pageDeliveries(
  db: Db,
  webhookId: number,
  page: DeliveryFilter & { before: number | null; limit: number },
): Promise<{ rows: WebhookDelivery[]; next: number | null }> {
  const rows = await db
    .selectFrom('webhook_delivery')
    .selectAll()
    .where('webhook_id', '=', webhookId)
    .$if(page.before !== null, (query) => query.where('id', '<', page.before ?? 0))
    .$if(page.state.length > 0, (query) => query.where('state', 'in', [...page.state]))
    .$if(page.event.length > 0, (query) => query.where('event', 'in', [...page.event]))
    .orderBy('id', 'desc')
    .limit(page.limit + 1)
    .execute()
  const shown = rows.slice(0, page.limit)
  return { rows: shown.map(toDelivery), next: rows.length > page.limit ? (shown.at(-1)?.id ?? null) : null }
}

/** How many deliveries each state and each event has, each with the filter of the other applied. */
export async function countDeliveries(db: Db, webhookId: number, { state, event }: DeliveryFilter) {
  const { rows } = await sql<{ state: DeliveryState; event: DeliveryEvent; count: number }>`
    select state, event, count(*)::int as count from webhook_delivery where webhook_id = ${webhookId}
    group by state, event`.execute(db)
  const sum = <K extends 'state' | 'event'>(key: K, isIn: (row: (typeof rows)[number]) => boolean) => {
    const counts: Partial<Record<(typeof rows)[number][K], number>> = {}
    for (const row of rows.filter(isIn)) counts[row[key]] = (counts[row[key]] ?? 0) + row.count
    return counts
  }
  return {
    state: sum('state', (row) => event.length === 0 || event.includes(row.event)),
    event: sum('event', (row) => state.length === 0 || state.includes(row.state)),
  }
}

export const findDelivery = (db: Db, webhookId: number, deliveryId: number) =>
  db
    .selectFrom('webhook_delivery')
    .selectAll()
    .where('id', '=', deliveryId)
    .where('webhook_id', '=', webhookId)
    .executeTakeFirst()
