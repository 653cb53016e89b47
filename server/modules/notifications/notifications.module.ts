import type { FastifyInstance } from 'fastify'
import type { Kysely, Transaction } from 'kysely'
import { z } from 'zod'
import { notificationEvent, type NotificationEvent } from '#contract/notification'
import { routes } from '#contract/routes'
import type { WebhookEvent } from '#contract/webhook'
import type { Change, Changes } from '../../platform/changes.ts'
import type { Schema } from '../../platform/db/schema.ts'
import type { Hub } from '../../platform/hub.ts'
import { decodeCursor, encodeCursor } from '../../platform/page-cursor.ts'
import { Problem } from '../../platform/problem.ts'
import { registerRoute, type Caller } from '../../platform/register-route.ts'
import {
  countNotifications,
  insertNotification,
  insertPersonal,
  markSeen,
  pageNotifications,
  readInbox,
} from './notifications.store.ts'

const RETENTION_DAYS = 90
const DAY_MS = 86_400_000
const PATCH_INTERVAL_MS = 500
const pageCursor = z.object({ before: z.int() })

export type NotificationDeps = {
  db: Kysely<Schema>
  now: () => Date
  hub: Hub
  publish: Changes['publish']
}

/** What a module tells about a rollout. */
type RolloutNews = {
  event: WebhookEvent
  rolloutId: number
  summary: string
  actor: { name: string; userId: number | null }
}

function personOf(caller: Caller): number {
  if (caller.userId === null) throw Problem.forbidden('API tokens have no inbox; a webhook tells programs')
  return caller.userId
}

/** A verb on a rollout or its end can take it off the list of those that wait; devices on their way cannot. */
const mayMoveWaiting = (change: Change) =>
  (change.kind === 'rollout' && change.deviceIds.length === 0) || change.kind === 'fleet-removed'

/** Tells people in the app what happened to rollouts, and keeps who has seen it. */
export function notificationsModule(deps: NotificationDeps) {
  deps.hub.provide({
    kind: 'notifications',
    isPersonal: true,
    spansFleets: true,
    minIntervalMs: PATCH_INTERVAL_MS,
    concerns: (_topic, change, { userId }) =>
      change.kind === 'notification'
        ? change.userId === null || change.userId === userId
        : mayMoveWaiting(change),
    build: (_topic, _changes, _tick, viewer) => readInbox(deps.db, viewer),
  })

  return {
    /** Call in the transaction of what is told, and publish what it answers after the commit. */
    async notify(trx: Transaction<Schema>, news: RolloutNews): Promise<Change[]> {
      const event = notificationEvent.safeParse(news.event)
      if (!event.success) return []
      await insertNotification(trx, { ...news, event: event.data }, deps.now())
      return [{ kind: 'notification', userId: null }]
    },
    /** Tells one person of a device, in the transaction of the change; publish what it answers after the commit. */
    async tell(
      trx: Transaction<Schema>,
      news: { event: NotificationEvent; deviceId: number; userId: number; summary: string },
    ): Promise<Change[]> {
      await insertPersonal(trx, news, deps.now())
      return [{ kind: 'notification', userId: news.userId }]
    },
    /** Job: forgets old ones. */
    async prune(): Promise<void> {
      const before = new Date(deps.now().getTime() - RETENTION_DAYS * DAY_MS)
      const { numDeletedRows } = await deps.db
        .deleteFrom('notification')
        .where('at', '<', before)
        .executeTakeFirst()
      if (numDeletedRows > 0n) deps.publish([{ kind: 'notification', userId: null }])
    },
    register(app: FastifyInstance): void {
      registerRoute(app, routes.getInbox, async ({ caller, within }) => {
        const cursor = deps.hub.cursor
        return { cursor, ...(await readInbox(deps.db, { userId: personOf(caller), within })) }
      })
      registerRoute(app, routes.listNotifications, async ({ query, caller, within }) => {
        const whose = { userId: personOf(caller), within }
        const before = query.after === undefined ? null : decodeCursor(pageCursor, query.after).before
        const page = await pageNotifications(deps.db, whose, { ...query, before })
        return {
          rows: page.rows,
          next: page.next === null ? null : encodeCursor({ before: page.next }),
          counts: await countNotifications(deps.db, whose, query),
        }
      })
      registerRoute(app, routes.markNotificationsSeen, async ({ body, caller, within }) => {
        const userId = personOf(caller)
        const whose = { userId, within }
        if (await markSeen(deps.db, whose, body)) deps.publish([{ kind: 'notification', userId }])
        return readInbox(deps.db, whose)
      })
    },
  }
}
