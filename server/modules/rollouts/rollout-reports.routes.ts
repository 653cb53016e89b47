import { Readable } from 'node:stream'
import type { FastifyInstance } from 'fastify'
import { z } from 'zod'
import { routes } from '#contract/routes'
import { decodeCursor, encodeCursor } from '../../platform/page-cursor.ts'
import { registerRoute } from '../../platform/register-route.ts'
import { exportDevicesCsv, exportJson } from './rollout-export.service.ts'
import { reportRollout } from './rollout-report.service.ts'
import { readTimeline } from './rollout-timeline.store.ts'
import type { RolloutDeps } from './rollouts.service.ts'

const eventCursor = z.int().positive()

/** What is told of a rollout afterwards: its timeline in full, its report, and the export of both. */
export function registerRolloutReports(
  app: FastifyInstance,
  deps: Pick<RolloutDeps, 'db' | 'now'>,
  mustExist: (rolloutId: number) => Promise<void>,
): void {
  registerRoute(app, routes.listRolloutEvents, async ({ params, query }) => {
    const before = query.after === undefined ? undefined : decodeCursor(eventCursor, query.after)
    await mustExist(params.rolloutId)
    const found = await readTimeline(deps.db, params.rolloutId, { before, limit: query.limit + 1 })
    const rows = found.slice(0, query.limit)
    const last = rows.at(-1)
    return { rows, next: found.length > query.limit && last ? encodeCursor(last.id) : null }
  })
  registerRoute(app, routes.getRolloutReport, ({ params }) => reportRollout(deps, params.rolloutId))
  registerRoute(app, routes.exportRollout, async ({ params: { rolloutId }, query, reply }) => {
    await mustExist(rolloutId)
    const isCsv = query.format === 'csv'
    reply.type(isCsv ? 'text/csv; charset=utf-8' : 'application/json; charset=utf-8')
    const name = isCsv ? `rollout-${rolloutId}-devices.csv` : `rollout-${rolloutId}.json`
    reply.header('content-disposition', `attachment; filename="${name}"`)
    const text = isCsv
      ? exportDevicesCsv(deps.db, rolloutId)
      : exportJson(deps.db, rolloutId, await reportRollout(deps, rolloutId))
    return reply.send(Readable.from(text))
  })
}
