import type { FastifyInstance } from 'fastify'
import type { Kysely, Transaction } from 'kysely'
import { z } from 'zod'
import { routes } from '#contract/routes'
import type { Schema } from '../../platform/db/schema.ts'
import { decodeCursor, encodeCursor } from '../../platform/page-cursor.ts'
import { Problem } from '../../platform/problem.ts'
import { registerRoute, type Caller } from '../../platform/register-route.ts'
import { makeSecret } from '../../platform/secrets.ts'
import type { AuditInput } from '../../platform/audit-input.ts'
import { deliverDue } from './deliver.service.ts'
import { enqueue, pageDeliveries, readWebhooks, toDelivery, type RolloutNews } from './webhooks.store.ts'

const RETENTION_DAYS = 30
const DAY_MS = 86_400_000
const pageCursor = z.object({ before: z.int() })

export type WebhookDeps = {
  db: Kysely<Schema>
  now: () => Date
  audit: (trx: Transaction<Schema>, entry: AuditInput) => Promise<void>
}

async function existing(db: Kysely<Schema>, webhookId: number) {
  const [found] = await readWebhooks(db, webhookId)
  if (!found) throw Problem.notFound('webhook', String(webhookId))
  return found
}

/** Calls out when a rollout needs somebody or ends: signed, retried, with a log of what was sent. */
export function webhooksModule(deps: WebhookDeps) {
  const tell = (
    trx: Transaction<Schema>,
    caller: Caller,
    verb: string,
    webhook: { id: number; name: string },
  ) =>
    deps.audit(trx, {
      actor: { name: caller.name, kind: caller.kind },
      action: `webhook.${verb}`,
      subjectKind: 'webhook',
      subjectId: String(webhook.id),
      summary: `${verb === 'create' ? 'Added' : verb === 'delete' ? 'Removed' : 'Switched'} the webhook "${webhook.name}"`,
    })

  function registerWrites(app: FastifyInstance): void {
    registerRoute(app, routes.createWebhook, async ({ body, caller }) => {
      const secret = makeSecret('whsec_')
      const id = await deps.db.transaction().execute(async (trx) => {
        if (body.fleetId !== null) {
          const fleet = await trx
            .selectFrom('fleet')
            .select('id')
            .where('id', '=', body.fleetId)
            .executeTakeFirst()
          if (!fleet) throw Problem.invalid('body.fleetId', 'is not a fleet')
        }
        const row = await trx
          .insertInto('webhook')
          .values({
            name: body.name,
            url: body.url,
            secret,
            events: JSON.stringify(body.events),
            fleet_id: body.fleetId,
            created_by: caller.name,
            created_at: deps.now(),
          })
          .returning('id')
          .executeTakeFirstOrThrow()
        await tell(trx, caller, 'create', { id: row.id, name: body.name })
        return row.id
      })
      return { ...(await existing(deps.db, id)), secret }
    })
    registerRoute(app, routes.updateWebhook, async ({ params, body, caller }) => {
      const held = await existing(deps.db, params.webhookId)
      await deps.db.transaction().execute(async (trx) => {
        await trx
          .updateTable('webhook')
          .set({ is_enabled: body.isEnabled })
          .where('id', '=', params.webhookId)
          .execute()
        await tell(trx, caller, body.isEnabled ? 'enable' : 'disable', held)
      })
      return existing(deps.db, params.webhookId)
    })
    registerRoute(app, routes.deleteWebhook, async ({ params, caller }) => {
      const held = await existing(deps.db, params.webhookId)
      await deps.db.transaction().execute(async (trx) => {
        await trx.deleteFrom('webhook').where('id', '=', params.webhookId).execute()
        await tell(trx, caller, 'delete', held)
      })
    })
    registerRoute(app, routes.retryWebhookDelivery, async ({ params }) => {
      const row = await deps.db
        .updateTable('webhook_delivery')
        .set({ state: 'waiting', attempts: 0, next_attempt_at: deps.now(), finished_at: null })
        .where('id', '=', params.deliveryId)
        .where('webhook_id', '=', params.webhookId)
        .where('state', '=', 'failed')
        .returningAll()
        .executeTakeFirst()
      if (!row)
        throw Problem.conflict('not-failed', `Delivery ${params.deliveryId} of this webhook has not failed`)
      return toDelivery(row)
    })
  }

  return {
    /** Call in the transaction of what is told. */
    notify: (trx: Transaction<Schema>, news: RolloutNews) => enqueue(trx, news, deps.now()),
    /** Job: sends what is due. */
    deliver: () => deliverDue(deps),
    /** Job: forgets old deliveries. */
    async prune(): Promise<void> {
      const before = new Date(deps.now().getTime() - RETENTION_DAYS * DAY_MS)
      await deps.db.deleteFrom('webhook_delivery').where('created_at', '<', before).execute()
    },
    register(app: FastifyInstance): void {
      registerRoute(app, routes.listWebhooks, async () => ({ webhooks: await readWebhooks(deps.db) }))
      registerRoute(app, routes.listWebhookDeliveries, async ({ params, query }) => {
        await existing(deps.db, params.webhookId)
        const before = query.after === undefined ? null : decodeCursor(pageCursor, query.after).before
        const page = await pageDeliveries(deps.db, params.webhookId, { before, limit: query.limit })
        return { rows: page.rows, next: page.next === null ? null : encodeCursor({ before: page.next }) }
      })
      registerWrites(app)
    },
  }
}
