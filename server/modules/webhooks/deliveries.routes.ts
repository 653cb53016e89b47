import type { FastifyInstance } from 'fastify'
import { routes } from '#contract/routes'
import type { WebhookTestPayload } from '#contract/webhook'
import { Problem } from '../../platform/problem.ts'
import { registerRoute, type Caller } from '../../platform/register-route.ts'
import { attemptDelivery, CLAIM_MS, type DeliverDeps } from './deliver.service.ts'
import { findDelivery, toDelivery } from './deliveries.store.ts'
import type { WebhookDeps } from './webhook-deps.ts'
import { auditWebhook, existingWebhook } from './webhooks.routes.ts'

type Deps = WebhookDeps & DeliverDeps

async function existingDelivery(deps: Deps, webhookId: number, deliveryId: number) {
  const row = await findDelivery(deps.db, webhookId, deliveryId)
  if (!row) throw Problem.notFound('delivery', String(deliveryId))
  return row
}

/** Stored before it is sent, claimed for the one attempt it gets. */
async function storeTest(deps: Deps, webhookId: number, name: string, caller: Caller) {
  const now = deps.now()
  const payload: WebhookTestPayload = {
    event: 'webhook.test',
    at: now.toISOString(),
    webhook: { id: webhookId, name },
    summary: `A test of the webhook "${name}"`,
    actor: caller.name,
  }
  return deps.db.transaction().execute(async (trx) => {
    const row = await trx
      .insertInto('webhook_delivery')
      .values({
        webhook_id: webhookId,
        event: payload.event,
        payload: JSON.stringify(payload),
        next_attempt_at: new Date(now.getTime() + CLAIM_MS),
        created_at: now,
      })
      .returning('id')
      .executeTakeFirstOrThrow()
    await auditWebhook(deps, trx, caller, {
      action: 'test',
      summary: `Tested the webhook "${name}"`,
      webhookId,
    })
    return { id: row.id, payload }
  })
}

/** Testing a webhook, and sending a delivery once more. */
export function registerDeliveryWrites(app: FastifyInstance, deps: Deps): void {
  registerRoute(app, routes.testWebhook, async ({ params: { webhookId }, caller }) => {
    const { name } = await existingWebhook(deps.db, webhookId)
    const { id, payload } = await storeTest(deps, webhookId, name, caller)
    const { url, secret } = await deps.db
      .selectFrom('webhook')
      .select(['url', 'secret'])
      .where('id', '=', webhookId)
      .executeTakeFirstOrThrow()
    await attemptDelivery(deps, { id, webhookId, event: payload.event, payload, attempts: 0, url, secret })
    return toDelivery(await existingDelivery(deps, webhookId, id))
  })

  registerRoute(app, routes.redeliverWebhookDelivery, async ({ params, caller }) => {
    const { webhookId, deliveryId } = params
    const held = await existingWebhook(deps.db, webhookId)
    if (!held.isEnabled)
      throw Problem.conflict('webhook-off', `The webhook "${held.name}" is switched off; switch it on first`)
    const delivery = await existingDelivery(deps, webhookId, deliveryId)
    const isWaiting = delivery.state === 'waiting'
    await deps.db.transaction().execute(async (trx) => {
      await trx
        .updateTable('webhook_delivery')
        .set({
          state: 'waiting',
          next_attempt_at: deps.now(),
          finished_at: null,
          ...(isWaiting ? {} : { attempts: 0 }),
        })
        .where('id', '=', deliveryId)
        .execute()
      await auditWebhook(deps, trx, caller, {
        action: 'redeliver',
        summary: `Sent delivery ${deliveryId} of the webhook "${held.name}" once more`,
        webhookId,
      })
    })
    deps.publish([{ kind: 'webhook', webhookId }])
    return toDelivery(await existingDelivery(deps, webhookId, deliveryId))
  })
}
