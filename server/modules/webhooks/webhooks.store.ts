import { sql, type Kysely, type Transaction } from 'kysely'
import type { Webhook, WebhookDelivery, WebhookEvent, WebhookPayload } from '#contract/webhook'
import type { Schema } from '../../platform/db/schema.ts'

type Db = Kysely<Schema> | Transaction<Schema>

type WebhookRow = {
  id: number
  name: string
  url: string
  events: WebhookEvent[]
  fleet_id: number | null
  is_enabled: boolean
  created_by: string
  created_at: Date
  delivered: number
  waiting: number
  failed: number
}

/** All webhooks, or one, with the counts of their deliveries. */
export async function readWebhooks(db: Db, webhookId?: number): Promise<Webhook[]> {
  const result = await sql<WebhookRow>`
    select w.id, w.name, w.url, w.events, w.fleet_id, w.is_enabled, w.created_by, w.created_at,
      count(d.id) filter (where d.state = 'delivered')::int as delivered,
      count(d.id) filter (where d.state = 'waiting')::int as waiting,
      count(d.id) filter (where d.state = 'failed')::int as failed
    from webhook w left join webhook_delivery d on d.webhook_id = w.id
    where ${webhookId === undefined ? sql`true` : sql`w.id = ${webhookId}`}
    group by w.id order by w.name, w.id`.execute(db)
  return result.rows.map((row) => ({
    id: row.id,
    name: row.name,
    url: row.url,
    events: row.events,
    fleetId: row.fleet_id,
    isEnabled: row.is_enabled,
    createdBy: row.created_by,
    createdAt: row.created_at.toISOString(),
    delivered: row.delivered,
    waiting: row.waiting,
    failed: row.failed,
  }))
}

type DeliveryRow = {
  id: number
  event: WebhookEvent
  payload: WebhookPayload
  state: WebhookDelivery['state']
  attempts: number
  next_attempt_at: Date | null
  status_code: number | null
  error: string | null
  created_at: Date
  finished_at: Date | null
}

export const toDelivery = (row: DeliveryRow): WebhookDelivery => ({
  id: row.id,
  event: row.event,
  summary: row.payload.summary,
  state: row.state,
  attempts: row.attempts,
  statusCode: row.status_code,
  error: row.error,
  createdAt: row.created_at.toISOString(),
  nextAttemptAt: row.next_attempt_at?.toISOString() ?? null,
  finishedAt: row.finished_at?.toISOString() ?? null,
})

/** A page of the delivery log, newest first; `before` is the id of the last row of the page before. */
export async function pageDeliveries(
  db: Db,
  webhookId: number,
  page: { before: number | null; limit: number },
): Promise<{ rows: WebhookDelivery[]; next: number | null }> {
  const rows = await db
    .selectFrom('webhook_delivery')
    .selectAll()
    .where('webhook_id', '=', webhookId)
    .$if(page.before !== null, (query) => query.where('id', '<', page.before ?? 0))
    .orderBy('id', 'desc')
    .limit(page.limit + 1)
    .execute()
  const shown = rows.slice(0, page.limit)
  return { rows: shown.map(toDelivery), next: rows.length > page.limit ? (shown.at(-1)?.id ?? null) : null }
}

/** What a module tells about a rollout; the webhook module looks up the rest. */
export type RolloutNews = {
  event: WebhookEvent
  rolloutId: number
  summary: string
  actor: string
  state: string
}

/** Puts a delivery in line for every webhook that wants this, in the transaction of what it tells. */
export async function enqueue(trx: Transaction<Schema>, news: RolloutNews, now: Date): Promise<void> {
  const at = now.toISOString()
  await sql`
    insert into webhook_delivery (webhook_id, event, payload, next_attempt_at, created_at)
    select w.id, ${news.event}, jsonb_build_object('event', ${news.event}::text, 'at', ${at}::text, 'rolloutId', ro.id,
      'fleet', jsonb_build_object('id', f.id, 'name', f.name),
      'release', jsonb_build_object('id', r.id, 'semver', r.semver, 'commit', r.commit),
      'state', ${news.state}::text, 'summary', ${news.summary}::text, 'actor', ${news.actor}::text), ${now}, ${now}
    from rollout ro join fleet f on f.id = ro.fleet_id join release r on r.id = ro.release_id
      join webhook w on w.is_enabled and (w.fleet_id is null or w.fleet_id = ro.fleet_id)
        and w.events @> to_jsonb(${news.event}::text)
    where ro.id = ${news.rolloutId}`.execute(trx)
}
