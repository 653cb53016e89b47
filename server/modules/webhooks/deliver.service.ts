import { createHmac } from 'node:crypto'
import type { Kysely } from 'kysely'
import { sql } from 'kysely'
import type { Change } from '../../platform/changes.ts'
import type { Schema } from '../../platform/db/schema.ts'
import { TIMEOUT_MS, type Outcome, type WebhookSender } from './webhook-sender.ts'

const BATCH = 20
const FIRST_WAIT_MS = 10_000
const LONGEST_WAIT_MS = 3_600_000
/** With waits that double from 10 s to an hour: about six hours. */
const MAX_ATTEMPTS = 14
/** For so long a claimed delivery is nobody else's: longer than an attempt can take. */
export const CLAIM_MS = 2 * TIMEOUT_MS

export type DeliverDeps = {
  db: Kysely<Schema>
  now: () => Date
  sender: WebhookSender
  publish: (changes: readonly Change[]) => void
}
export type Due = {
  id: number
  webhookId: number
  event: string
  payload: unknown
  attempts: number
  url: string
  secret: string
}

/** The signature of a delivery: hex HMAC-SHA-256 of `<timestamp>.<body>`. */
export const sign = (secret: string, timestamp: string, body: string) =>
  `sha256=${createHmac('sha256', secret).update(`${timestamp}.${body}`).digest('hex')}`

/** How long to wait after this many failed attempts, in ms. */
export const waitMs = (attempts: number) => Math.min(LONGEST_WAIT_MS, FIRST_WAIT_MS * 2 ** (attempts - 1))

function send(deps: DeliverDeps, due: Due): Promise<Outcome> {
  const body = JSON.stringify(due.payload)
  const timestamp = String(Math.floor(deps.now().getTime() / 1000))
  return deps.sender.send({
    url: due.url,
    headers: {
      'content-type': 'application/json',
      'user-agent': 'Wheelhouse',
      'x-wheelhouse-event': due.event,
      'x-wheelhouse-delivery': String(due.id),
      'x-wheelhouse-timestamp': timestamp,
      'x-wheelhouse-signature': sign(due.secret, timestamp, body),
    },
    body,
  })
}

async function settle(deps: DeliverDeps, due: Due, outcome: Outcome): Promise<void> {
  const now = deps.now()
  const attempts = due.attempts + 1
  // Whoever tests looks at how it went; hours later nobody waits for it any more.
  const isLast = due.event === 'webhook.test' || attempts >= MAX_ATTEMPTS
  const isOver = outcome.error === null || isLast
  await deps.db
    .updateTable('webhook_delivery')
    .set({
      attempts,
      status_code: outcome.statusCode,
      error: outcome.error,
      took_ms: outcome.tookMs,
      state: outcome.error === null ? 'delivered' : isOver ? 'failed' : 'waiting',
      next_attempt_at: isOver ? null : new Date(now.getTime() + waitMs(attempts)),
      finished_at: isOver ? now : null,
    })
    .where('id', '=', due.id)
    .execute()
  deps.publish([{ kind: 'webhook', webhookId: due.webhookId }])
}

/** Sends a claimed delivery and notes how it went. */
export const attemptDelivery = async (deps: DeliverDeps, due: Due): Promise<void> =>
  settle(deps, due, await send(deps, due))

/**
 * Sends what is due. A delivery is claimed by moving its next attempt behind the time-out, so that another gateway does
 * not send it as well, and one that dies while sending leaves it to be sent again.
 */
export async function deliverDue(deps: DeliverDeps): Promise<void> {
  const now = deps.now()
  const claimed = await sql<Due>`
    update webhook_delivery d set next_attempt_at = ${new Date(now.getTime() + CLAIM_MS)}
    from webhook w
    where w.id = d.webhook_id and d.id in (
      select due.id from webhook_delivery due join webhook owner on owner.id = due.webhook_id
      where due.state = 'waiting' and due.next_attempt_at <= ${now} and owner.is_enabled
      order by due.next_attempt_at limit ${BATCH} for update of due skip locked)
    returning d.id, d.webhook_id as "webhookId", d.event, d.payload, d.attempts, w.url, w.secret`.execute(
    deps.db,
  )
  await Promise.all(claimed.rows.map((due) => attemptDelivery(deps, due)))
}
