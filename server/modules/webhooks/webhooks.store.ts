import { sql, type Kysely, type Transaction } from 'kysely'
import type { Webhook, WebhookEvent } from '#contract/webhook'
import type { Change } from '../../platform/changes.ts'
import { rolloutTargetJson } from '../../platform/db/rollout-target.ts'
import type { Schema } from '../../platform/db/schema.ts'

type Db = Kysely<Schema> | Transaction<Schema>

type WebhookRow = {
  id: number
  name: string
  url: string
  events: WebhookEvent[]
  fleet_id: number | null
  fleet_name: string | null
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
    select w.id, w.name, w.url, w.events, w.fleet_id, f.name as fleet_name, w.is_enabled, w.created_by, w.created_at,
      count(d.id) filter (where d.state = 'delivered')::int as delivered,
      count(d.id) filter (where d.state = 'waiting')::int as waiting,
      count(d.id) filter (where d.state = 'failed')::int as failed
    from webhook w left join fleet f on f.id = w.fleet_id left join webhook_delivery d on d.webhook_id = w.id
    where ${webhookId === undefined ? sql`true` : sql`w.id = ${webhookId}`}
    group by w.id, f.name order by lower(w.name), w.id`.execute(db)
  return result.rows.map((row) => ({
    id: row.id,
    name: row.name,
    url: row.url,
    events: row.events,
    fleetId: row.fleet_id,
    fleetName: row.fleet_name,
    isEnabled: row.is_enabled,
    createdBy: row.created_by,
    createdAt: row.created_at.toISOString(),
    delivered: row.delivered,
    waiting: row.waiting,
    failed: row.failed,
  }))
}

/** What a module tells about a rollout; the webhook module looks up the rest. */
export type RolloutNews = {
  event: WebhookEvent
  rolloutId: number
  summary: string
  actor: { name: string }
  state: string
}

/**
 * Puts a delivery in line for every webhook that wants this, in the transaction of what it tells. Answers what has to be
 * published after the commit.
 */
export async function enqueue(trx: Transaction<Schema>, news: RolloutNews, now: Date): Promise<Change[]> {
  const at = now.toISOString()
  const queued = await sql<{ webhook_id: number }>`
    insert into webhook_delivery (webhook_id, event, payload, next_attempt_at, created_at)
    select w.id, ${news.event}, jsonb_build_object('event', ${news.event}::text, 'at', ${at}::text, 'rolloutId', ro.id,
      'fleet', jsonb_build_object('id', f.id, 'name', f.name),
      'target', ${rolloutTargetJson}, 'release', ${rolloutTargetJson} -> 'release',
      'state', ${news.state}::text, 'summary', ${news.summary}::text, 'actor', ${news.actor.name}::text), ${now}, ${now}
    from rollout ro join fleet f on f.id = ro.fleet_id left join release r on r.id = ro.release_id
      join webhook w on w.is_enabled and (w.fleet_id is null or w.fleet_id = ro.fleet_id)
        and w.events @> to_jsonb(${news.event}::text)
    where ro.id = ${news.rolloutId}
    returning webhook_id`.execute(trx)
  return queued.rows.map((row) => ({ kind: 'webhook', webhookId: row.webhook_id }))
}
