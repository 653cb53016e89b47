import type { FastifyInstance } from 'fastify'
import type { Kysely, Transaction } from 'kysely'
import type { z } from 'zod'
import { routes } from '#contract/routes'
import type { updateWebhookBody, Webhook } from '#contract/webhook'
import type { Schema } from '../../platform/db/schema.ts'
import { Problem } from '../../platform/problem.ts'
import { registerRoute, type Caller } from '../../platform/register-route.ts'
import { makeSecret } from '../../platform/secrets.ts'
import { refusalOfHost } from './address.rules.ts'
import type { WebhookDeps } from './webhook-deps.ts'
import { readWebhooks } from './webhooks.store.ts'

type Trx = Transaction<Schema>
type Update = z.output<typeof updateWebhookBody>

const SECRET_PREFIX = 'whsec_'

/** The webhook, or 404. */
export async function existingWebhook(db: Kysely<Schema>, webhookId: number): Promise<Webhook> {
  const [found] = await readWebhooks(db, webhookId)
  if (!found) throw Problem.notFound('webhook', String(webhookId))
  return found
}

/** Notes in the audit log who did what to a webhook. */
export const auditWebhook = (
  deps: Pick<WebhookDeps, 'audit'>,
  trx: Trx,
  caller: Caller,
  done: { action: string; summary: string; webhookId: number },
) =>
  deps.audit(trx, {
    actor: caller,
    action: `webhook.${done.action}`,
    subjectKind: 'webhook',
    subjectId: String(done.webhookId),
    summary: done.summary,
  })

function refuseAddress(deps: WebhookDeps, url: string | undefined): void {
  if (url === undefined) return
  const refusal = refusalOfHost(new URL(url).hostname, deps.isPrivateAllowed)
  if (refusal !== null) throw Problem.invalid('body.url', `cannot be called: ${refusal}`)
}

async function refuseUnknownFleet(trx: Trx, fleetId: number | null | undefined): Promise<void> {
  if (fleetId === null || fleetId === undefined) return
  const fleet = await trx.selectFrom('fleet').select('id').where('id', '=', fleetId).executeTakeFirst()
  if (!fleet) throw Problem.invalid('body.fleetId', 'is not a fleet')
}

/** What a change of a webhook is called in the audit log; null when it changes nothing. */
function changeOf(held: Webhook, body: Update): { action: string; summary: string } | null {
  const what = [
    ...(body.name !== undefined && body.name !== held.name ? [`name to "${body.name}"`] : []),
    ...(body.url !== undefined && body.url !== held.url ? ['address'] : []),
    ...(body.events !== undefined && body.events.join() !== held.events.join() ? ['events'] : []),
    ...(body.fleetId !== undefined && body.fleetId !== held.fleetId ? ['fleet'] : []),
  ]
  const isSwitched = body.isEnabled !== undefined && body.isEnabled !== held.isEnabled
  if (what.length === 0 && !isSwitched) return null
  const switched = body.isEnabled === true ? 'Switched on' : 'Switched off'
  if (what.length === 0)
    return {
      action: body.isEnabled === true ? 'enable' : 'disable',
      summary: `${switched} the webhook "${held.name}"`,
    }
  const changed = `Changed the webhook "${held.name}": ${what.join(', ')}`
  return { action: 'update', summary: isSwitched ? `${changed}; ${switched.toLowerCase()}` : changed }
}

/** Making, changing and removing webhooks. */
export function registerWebhookWrites(app: FastifyInstance, deps: WebhookDeps): void {
  const published = (webhookId: number) => deps.publish([{ kind: 'webhook', webhookId }])

  registerRoute(app, routes.createWebhook, async ({ body, caller }) => {
    refuseAddress(deps, body.url)
    const secret = makeSecret(SECRET_PREFIX)
    const id = await deps.db.transaction().execute(async (trx) => {
      await refuseUnknownFleet(trx, body.fleetId)
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
      await auditWebhook(deps, trx, caller, {
        action: 'create',
        summary: `Added the webhook "${body.name}"`,
        webhookId: row.id,
      })
      return row.id
    })
    published(id)
    return { ...(await existingWebhook(deps.db, id)), secret }
  })

  registerRoute(app, routes.updateWebhook, async ({ params: { webhookId }, body, caller }) => {
    const change = changeOf(await existingWebhook(deps.db, webhookId), body)
    refuseAddress(deps, body.url)
    if (change !== null) {
      await deps.db.transaction().execute(async (trx) => {
        await refuseUnknownFleet(trx, body.fleetId)
        await trx
          .updateTable('webhook')
          .set({
            ...(body.name === undefined ? {} : { name: body.name }),
            ...(body.url === undefined ? {} : { url: body.url }),
            ...(body.events === undefined ? {} : { events: JSON.stringify(body.events) }),
            ...(body.fleetId === undefined ? {} : { fleet_id: body.fleetId }),
            ...(body.isEnabled === undefined ? {} : { is_enabled: body.isEnabled }),
          })
          .where('id', '=', webhookId)
          .execute()
        await auditWebhook(deps, trx, caller, { ...change, webhookId })
      })
      published(webhookId)
    }
    return existingWebhook(deps.db, webhookId)
  })

  registerRoute(app, routes.rotateWebhookSecret, async ({ params: { webhookId }, caller }) => {
    const held = await existingWebhook(deps.db, webhookId)
    const secret = makeSecret(SECRET_PREFIX)
    await deps.db.transaction().execute(async (trx) => {
      await trx.updateTable('webhook').set({ secret }).where('id', '=', webhookId).execute()
      await auditWebhook(deps, trx, caller, {
        action: 'rotate-secret',
        summary: `Gave the webhook "${held.name}" a new key`,
        webhookId,
      })
    })
    return { ...held, secret }
  })

  registerRoute(app, routes.deleteWebhook, async ({ params: { webhookId }, caller }) => {
    const held = await existingWebhook(deps.db, webhookId)
    await deps.db.transaction().execute(async (trx) => {
      await trx.deleteFrom('webhook').where('id', '=', webhookId).execute()
      await auditWebhook(deps, trx, caller, {
        action: 'delete',
        summary: `Removed the webhook "${held.name}"`,
        webhookId,
      })
    })
    published(webhookId)
  })
}
