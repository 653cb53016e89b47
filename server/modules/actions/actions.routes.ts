import type { FastifyInstance } from 'fastify'
import { z } from 'zod'
import { actionNeeds } from '#contract/ability-needs'
import { actionRoles } from '#contract/device-action'
import { routes } from '#contract/routes'
import { roleAllows } from '#contract/session'
import { decodeCursor, encodeCursor } from '../../platform/page-cursor.ts'
import { Problem } from '../../platform/problem.ts'
import { registerRoute } from '../../platform/register-route.ts'
import { cancelActions } from './action-delivery.store.ts'
import { namedAction } from './action-words.ts'
import { changesOf, findAction, readActions, toAction } from './actions.store.ts'
import { askDevice, type Asker } from './ask.service.ts'
import { liftOverrides, revertTargets } from './target-actions.store.ts'

export const idCursor = z.object({ id: z.int() })

/** Asking one device, its history, and calling off. */
export function registerActions(app: FastifyInstance, asker: Asker): void {
  const { deps } = asker
  registerRoute(app, routes.createAction, ({ params, body, caller }) => {
    app.abilities.require(...actionNeeds(body.kind))
    return askDevice(asker, params.uuid, body, caller)
  })

  registerRoute(app, routes.listActions, async ({ params, query }) => {
    const before = query.after === undefined ? null : decodeCursor(idCursor, query.after).id
    const actions = await readActions(deps.db, params.uuid, { before, limit: query.limit + 1 })
    const page = actions.slice(0, query.limit)
    const last = page.at(-1)
    return {
      actions: page,
      next: actions.length > query.limit && last ? encodeCursor({ id: last.id }) : null,
    }
  })

  registerRoute(app, routes.cancelAction, async ({ params: { actionId }, caller }) => {
    const now = deps.now()
    const changes = await deps.db.transaction().execute(async (trx) => {
      const found = await findAction(trx, actionId)
      if (!found) throw Problem.notFound('action', String(actionId))
      const needed = actionRoles[found.kind]
      if (!roleAllows(caller.role, needed))
        throw Problem.forbidden(`${found.kind} needs the role ${needed}; yours is ${caller.role}`)
      const isLift = found.state !== 'queued' && found.overridden_until !== null
      const touched = isLift
        ? await liftOverrides(trx, now, actionId)
        : await cancelActions(trx, { actionId }, caller.name, now)
      if (touched.length === 0)
        throw Problem.conflict(
          'not-waiting',
          found.state === 'queued' || found.state === 'delivered'
            ? 'The device has taken it already; it cannot be called back'
            : `It is over: ${found.state}`,
        )
      if (!isLift) await revertTargets(trx, now)
      await deps.audit(trx, {
        actor: caller,
        action: isLift ? 'device.restore-lock' : 'device.cancel-action',
        subjectKind: 'device',
        subjectId: found.uuid,
        fleetId: found.fleet_id,
        summary: isLift
          ? `Let update locks of ${found.device_name} count again`
          : `Called off ${namedAction(found.kind, found.service_name)} of ${found.device_name}`,
      })
      return changesOf(touched, found.way === 'target')
    })
    deps.publish(changes)
    const row = await findAction(deps.db, actionId)
    if (!row) throw Problem.notFound('action', String(actionId))
    return toAction(row, row.uuid)
  })
}
