import type { FastifyInstance } from 'fastify'
import type { Transaction } from 'kysely'
import { routes } from '#contract/routes'
import { Problem } from '../../platform/problem.ts'
import { registerRoute, type Caller } from '../../platform/register-route.ts'
import type { Schema } from '../../platform/db/schema.ts'
import type { SessionDeps } from './session-deps.ts'
import { readUser } from './account.store.ts'
import { aliveNow, endSession, endSessions, listSessions } from './session.store.ts'

type Trx = Transaction<Schema>

/** Only people have sessions. */
function personOf(caller: Caller): number {
  if (caller.userId === null) throw Problem.forbidden('API tokens have no sessions')
  return caller.userId
}

/** Browsers in which people are signed in: seen and signed out, by themselves and by administrators. */
export function registerSessions(app: FastifyInstance, deps: SessionDeps): void {
  const { db } = deps
  /** Ends what `end` ends, with its line in the audit log; their sockets follow. */
  async function ending(caller: Caller, userId: number, end: (trx: Trx) => Promise<string[]>) {
    const ended = await db.transaction().execute(async (trx) => {
      const account = await readUser(trx, userId)
      const ids = await end(trx)
      const count = `${String(ids.length)} ${ids.length === 1 ? 'session' : 'sessions'}`
      if (ids.length > 0)
        await deps.audit(trx, {
          actor: caller,
          action: 'session.revoke',
          subjectKind: 'user',
          subjectId: String(userId),
          summary: `Ended ${count} of ${account.email}`,
        })
      return ids
    })
    for (const id of ended) deps.endSockets(id)
    return ended.length
  }

  registerRoute(app, routes.listOwnSessions, async ({ caller }) => ({
    sessions: await listSessions(db, personOf(caller), aliveNow(deps), caller.sessionId),
  }))
  registerRoute(app, routes.endOwnSession, async ({ params, caller }) => {
    const userId = personOf(caller)
    await ending(caller, userId, async (trx) => {
      const ended = await endSession(trx, userId, params.sessionId)
      if (ended === null) throw Problem.notFound('session', String(params.sessionId))
      return [ended]
    })
  })
  registerRoute(app, routes.endOtherSessions, async ({ caller }) => {
    const userId = personOf(caller)
    return { ended: await ending(caller, userId, (trx) => endSessions(trx, userId, caller.sessionId)) }
  })
  registerRoute(app, routes.listUserSessions, async ({ params, caller }) => {
    const { id } = await readUser(db, params.userId)
    return { sessions: await listSessions(db, id, aliveNow(deps), caller.sessionId) }
  })
  registerRoute(app, routes.endUserSessions, async ({ params, caller }) => ({
    ended: await ending(caller, params.userId, (trx) => endSessions(trx, params.userId, null)),
  }))
}
