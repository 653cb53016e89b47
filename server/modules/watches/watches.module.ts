import type { FastifyInstance } from 'fastify'
import type { Kysely, Transaction } from 'kysely'
import { routes } from '#contract/routes'
import type { Change, Changes } from '../../platform/changes.ts'
import type { Schema } from '../../platform/db/schema.ts'
import { Problem } from '../../platform/problem.ts'
import { registerRoute, type Caller } from '../../platform/register-route.ts'
import { newsOf, type WatchNews } from './watch.rules.ts'
import { claimWatches, deleteWatch, moveWatch, readEventsOf, readWatches, setWatch } from './watches.store.ts'

export type WatchesDeps = {
  db: Kysely<Schema>
  now: () => Date
  publish: Changes['publish']
  /** Puts news of a device into somebody's inbox; answers the changes to publish after the commit. */
  tell: (
    trx: Transaction<Schema>,
    news: WatchNews & { userId: number; deviceId: number },
  ) => Promise<Change[]>
}

function personOf(caller: Caller): number {
  if (caller.userId === null)
    throw Problem.forbidden(
      'API tokens have no inbox, so they cannot watch a device; a webhook tells programs',
    )
  return caller.userId
}

/** Tells people what a device does next: that it returns, fails again or changes. Watches are stored, so they outlive restarts. */
export function watchesModule(deps: WatchesDeps) {
  async function oneOf(userId: number, uuid: string, kind: string) {
    const watch = (await readWatches(deps.db, userId, 'all')).find(
      (one) => one.uuid === uuid && one.kind === kind,
    )
    if (!watch) throw Problem.notFound('device', uuid)
    return watch
  }

  return {
    /** Job: looks at what happened to watched devices since it last looked; two gateways never look at one watch at once. */
    async tellWatchers(): Promise<void> {
      const changes = await deps.db.transaction().execute(async (trx) => {
        const told: Change[] = []
        for (const watch of await claimWatches(trx)) {
          const events = await readEventsOf(trx, watch.device_id, watch.after_event_id)
          const lastId = events.at(-1)?.id
          if (lastId === undefined) continue
          const news = newsOf(watch.kind, events)
          if (news !== null)
            told.push(
              ...(await deps.tell(trx, { ...news, userId: watch.user_id, deviceId: watch.device_id })),
            )
          if (news !== null && !watch.is_lasting) await deleteWatch(trx, watch)
          else await moveWatch(trx, watch, lastId)
        }
        return told
      })
      deps.publish(changes)
    },
    register(app: FastifyInstance): void {
      registerRoute(app, routes.listWatches, async ({ caller, within }) => ({
        watches: caller.userId === null ? [] : await readWatches(deps.db, caller.userId, within),
      }))
      registerRoute(app, routes.watchDevice, async ({ params, body, caller }) => {
        const userId = personOf(caller)
        await setWatch(deps.db, { userId, ...params, isLasting: body.isLasting, now: deps.now() })
        return oneOf(userId, params.uuid, params.kind)
      })
      registerRoute(app, routes.endWatch, async ({ params, caller }) => {
        const watch = (await readWatches(deps.db, personOf(caller), 'all')).find(
          (one) => one.uuid === params.uuid && one.kind === params.kind,
        )
        if (watch)
          await deleteWatch(deps.db, {
            user_id: personOf(caller),
            device_id: watch.deviceId,
            kind: params.kind,
          })
      })
    },
  }
}
