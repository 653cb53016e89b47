import type { FastifyInstance } from 'fastify'
import { actionNeeds } from '#contract/ability-needs'
import { actionRoles } from '#contract/device-action'
import { routes } from '#contract/routes'
import { roleAllows, type Role } from '#contract/session'
import type { Hub } from '../../platform/hub.ts'
import { decodeCursor, encodeCursor } from '../../platform/page-cursor.ts'
import { Problem } from '../../platform/problem.ts'
import { registerRoute } from '../../platform/register-route.ts'
import { devicesToRetry, readBatchActions, readBatches, readBatchRequest } from './action-batches.store.ts'
import { cancelActions } from './action-delivery.store.ts'
import { namedAction } from './action-words.ts'
import { idCursor } from './actions.routes.ts'
import { changesOf, type Db } from './actions.store.ts'
import { askMany, sendBatch, type Asker } from './ask.service.ts'
import { revertTargets } from './target-actions.store.ts'

const PATCH_INTERVAL_MS = 500

async function existing(db: Db, batchId: number) {
  const [batch] = await readBatches(db, { id: batchId })
  if (!batch) throw Problem.notFound('bulk action', String(batchId))
  return batch
}

/** What was asked of many devices: progress, failures, calling off, asking again. */
export function registerBatches(app: FastifyInstance, asker: Asker, hub: Hub): void {
  const { deps } = asker
  hub.provide({
    kind: 'action-batch',
    minIntervalMs: PATCH_INTERVAL_MS,
    concerns: (topic, change) => change.kind === 'action-batch' && change.batchId === topic.batchId,
    build: async (topic) => ({ batch: await existing(deps.db, topic.batchId) }),
  })

  registerRoute(app, routes.listActionBatches, async ({ query, within }) => {
    const cursor = hub.cursor
    const before = query.after === undefined ? null : decodeCursor(idCursor, query.after).id
    const found = await readBatches(deps.db, { before, limit: query.limit + 1, within })
    const rows = found.slice(0, query.limit)
    const last = rows.at(-1)
    return { cursor, rows, next: found.length > query.limit && last ? encodeCursor({ id: last.id }) : null }
  })
  registerRoute(app, routes.getActionBatch, async ({ params }) => {
    const cursor = hub.cursor
    return { cursor, batch: await existing(deps.db, params.batchId) }
  })
  registerRoute(app, routes.listBatchActions, async ({ params, query }) => {
    await existing(deps.db, params.batchId)
    const after = query.after === undefined ? 0 : decodeCursor(idCursor, query.after).id
    const page = { after, states: query.state, q: query.q.trim(), limit: query.limit + 1 }
    const found = await readBatchActions(deps.db, params.batchId, page)
    const rows = found.slice(0, query.limit)
    const last = rows.at(-1)
    return { rows, next: found.length > query.limit && last ? encodeCursor({ id: last.id }) : null }
  })

  async function allowed(batchId: number, role: Role) {
    const row = await readBatchRequest(deps.db, batchId)
    if (!row) throw Problem.notFound('bulk action', String(batchId))
    const needed = actionRoles[row.kind]
    if (!roleAllows(role, needed))
      throw Problem.forbidden(`${row.kind} needs the role ${needed}; yours is ${role}`)
    return row
  }

  registerRoute(app, routes.cancelActionBatch, async ({ params: { batchId }, caller }) => {
    const row = await allowed(batchId, caller.role)
    const now = deps.now()
    const touched = await deps.db.transaction().execute(async (trx) => {
      const cancelled = await cancelActions(trx, { batchId }, caller.name, now)
      await revertTargets(trx, now)
      await deps.audit(trx, {
        actor: caller,
        action: 'devices.cancel-action',
        subjectKind: 'devices',
        subjectId: `${cancelled.length} devices`,
        summary: `Called off ${namedAction(row.kind, row.service_name)} of ${cancelled.length} devices`,
        data: { batchId },
      })
      return cancelled
    })
    deps.publish(changesOf(touched, true))
    return { cancelled: touched.length }
  })
  registerRoute(app, routes.retryActionBatch, async ({ params: { batchId }, caller }) => {
    const row = await allowed(batchId, caller.role)
    app.abilities.require(...actionNeeds(row.kind))
    const next = await deps.db.transaction().execute(async (trx) => {
      const deviceIds = await devicesToRetry(trx, batchId)
      const minutes = Math.round((row.expires_at.getTime() - row.created_at.getTime()) / 60_000)
      const request = {
        kind: row.kind,
        force: row.is_forced,
        reason: row.reason,
        expiresInMinutes: minutes,
        ...(row.service_name === null ? {} : { serviceName: row.service_name }),
        ...(row.override_minutes === null ? {} : { overrideMinutes: row.override_minutes }),
      }
      const id = await askMany(asker, trx, deviceIds, request, caller.name)
      if (id === null) throw Problem.conflict('nothing-to-retry', 'It failed or expired on no device')
      await deps.audit(trx, {
        actor: caller,
        action: 'devices.action',
        subjectKind: 'devices',
        subjectId: `${deviceIds.length} devices`,
        summary: `Asked for ${namedAction(row.kind, row.service_name)} again: ${deviceIds.length} devices`,
        data: { batchId: id, retryOf: batchId },
      })
      return id
    })
    await sendBatch(asker, next)
    return existing(deps.db, next)
  })
}
