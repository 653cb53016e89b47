import { createHmac } from 'node:crypto'
import type { Kysely } from 'kysely'
import { sql } from 'kysely'
import type { Schema } from '../../platform/db/schema.ts'

const BATCH = 20
const TIMEOUT_MS = 10_000
const FIRST_WAIT_MS = 10_000
const LONGEST_WAIT_MS = 3_600_000
/** With waits that double from 10 s to an hour: about six hours. */
const MAX_ATTEMPTS = 14
const MAX_ERROR_LENGTH = 300

export type DeliverDeps = { db: Kysely<Schema>; now: () => Date; fetch?: typeof fetch }
type Due = { id: number; event: string; payload: unknown; attempts: number; url: string; secret: string }

/** The signature of a delivery: hex HMAC-SHA-256 of `<timestamp>.<body>`. */
export const sign = (secret: string, timestamp: string, body: string) =>
  `sha256=${createHmac('sha256', secret).update(`${timestamp}.${body}`).digest('hex')}`

/** How long to wait after this many failed attempts, in ms. */
export const waitMs = (attempts: number) => Math.min(LONGEST_WAIT_MS, FIRST_WAIT_MS * 2 ** (attempts - 1))

type Outcome = { statusCode: number | null; error: string | null }

async function send(deps: DeliverDeps, due: Due): Promise<Outcome> {
  const body = JSON.stringify(due.payload)
  const timestamp = String(Math.floor(deps.now().getTime() / 1000))
  try {
    const answer = await (deps.fetch ?? fetch)(due.url, {
      method: 'POST',
      headers: {
        'content-type': 'application/json',
        'user-agent': 'Wheelhouse',
        'x-wheelhouse-event': due.event,
        'x-wheelhouse-delivery': String(due.id),
        'x-wheelhouse-timestamp': timestamp,
        'x-wheelhouse-signature': sign(due.secret, timestamp, body),
      },
      body,
      // An address that answers with another one may lead anywhere; whoever set it up must name the right one.
      redirect: 'manual',
      signal: AbortSignal.timeout(TIMEOUT_MS),
    })
    await answer.body?.cancel()
    return answer.ok
      ? { statusCode: answer.status, error: null }
      : { statusCode: answer.status, error: `It answered ${answer.status}` }
  } catch (error) {
    const cause = error instanceof Error && error.cause instanceof Error ? error.cause : error
    const text = cause instanceof Error ? cause.message : String(cause)
    return { statusCode: null, error: text.slice(0, MAX_ERROR_LENGTH) }
  }
}

async function settle(deps: DeliverDeps, due: Due, outcome: Outcome): Promise<void> {
  const now = deps.now()
  const attempts = due.attempts + 1
  const isOver = outcome.error === null || attempts >= MAX_ATTEMPTS
  await deps.db
    .updateTable('webhook_delivery')
    .set({
      attempts,
      status_code: outcome.statusCode,
      error: outcome.error,
      state: outcome.error === null ? 'delivered' : isOver ? 'failed' : 'waiting',
      next_attempt_at: isOver ? null : new Date(now.getTime() + waitMs(attempts)),
      finished_at: isOver ? now : null,
    })
    .where('id', '=', due.id)
    .execute()
}

/**
 * Sends what is due. A delivery is claimed by moving its next attempt behind the time-out, so that another gateway does
 * not send it as well, and one that dies while sending leaves it to be sent again.
 */
export async function deliverDue(deps: DeliverDeps): Promise<void> {
  const now = deps.now()
  const claimed = await sql<Due>`
    update webhook_delivery d set next_attempt_at = ${new Date(now.getTime() + 2 * TIMEOUT_MS)}
    from webhook w
    where w.id = d.webhook_id and d.id in (
      select due.id from webhook_delivery due join webhook owner on owner.id = due.webhook_id
      where due.state = 'waiting' and due.next_attempt_at <= ${now} and owner.is_enabled
      order by due.next_attempt_at limit ${BATCH} for update of due skip locked)
    returning d.id, d.event, d.payload, d.attempts, w.url, w.secret`.execute(deps.db)
  await Promise.all(claimed.rows.map(async (due) => settle(deps, due, await send(deps, due))))
}
