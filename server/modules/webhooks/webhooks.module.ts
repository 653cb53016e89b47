import type { FastifyInstance } from 'fastify'
import type { Transaction } from 'kysely'
import { z } from 'zod'
import { routes } from '#contract/routes'
import type { Schema } from '../../platform/db/schema.ts'
import { decodeCursor, encodeCursor } from '../../platform/page-cursor.ts'
import { registerRoute } from '../../platform/register-route.ts'
import { deliverDue } from './deliver.service.ts'
import { countDeliveries, pageDeliveries } from './deliveries.store.ts'
import { registerDeliveryWrites } from './deliveries.routes.ts'
import type { WebhookDeps } from './webhook-deps.ts'
import { existingWebhook, registerWebhookWrites } from './webhooks.routes.ts'
import { makeWebhookSender } from './webhook-sender.ts'
import { enqueue, readWebhooks, type RolloutNews } from './webhooks.store.ts'

const RETENTION_DAYS = 30
const DAY_MS = 86_400_000
const PATCH_INTERVAL_MS = 500
const pageCursor = z.object({ before: z.int() })

/** Calls out when a rollout needs somebody or ends: signed, retried, with a log of what was sent. */
export function webhooksModule(deps: WebhookDeps) {
  const sender = makeWebhookSender(deps)
  const delivering = { ...deps, sender }
  deps.hub.provide({
    kind: 'webhooks',
    minIntervalMs: PATCH_INTERVAL_MS,
    concerns: (topic, change) =>
      change.kind === 'webhook' && (topic.webhookId === undefined || topic.webhookId === change.webhookId),
    build: () => Promise.resolve({ hasChanged: true }),
  })

  return {
    /** Call in the transaction of what is told, and publish what it answers after the commit. */
    notify: (trx: Transaction<Schema>, news: RolloutNews) => enqueue(trx, news, deps.now()),
    /** Job: sends what is due. */
    deliver: () => deliverDue(delivering),
    /** Job: forgets old deliveries. */
    async prune(): Promise<void> {
      const before = new Date(deps.now().getTime() - RETENTION_DAYS * DAY_MS)
      await deps.db.deleteFrom('webhook_delivery').where('created_at', '<', before).execute()
    },
    /** Ends connections that are left. */
    close: () => sender.close(),
    register(app: FastifyInstance): void {
      registerRoute(app, routes.listWebhooks, async () => {
        const cursor = deps.hub.cursor
        return { cursor, webhooks: await readWebhooks(deps.db) }
      })
      registerRoute(app, routes.listWebhookDeliveries, async ({ params, query }) => {
        const cursor = deps.hub.cursor
        await existingWebhook(deps.db, params.webhookId)
        const before = query.after === undefined ? null : decodeCursor(pageCursor, query.after).before
        const page = await pageDeliveries(deps.db, params.webhookId, { ...query, before })
        return {
          cursor,
          rows: page.rows,
          next: page.next === null ? null : encodeCursor({ before: page.next }),
          counts: await countDeliveries(deps.db, params.webhookId, query),
        }
      })
      registerWebhookWrites(app, deps)
      registerDeliveryWrites(app, delivering)
    },
  }
}
