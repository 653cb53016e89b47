import { Readable } from 'node:stream'
import type { FastifyInstance } from 'fastify'
import { z } from 'zod'
import { bulkNeeds } from '#contract/ability-needs'
import { routes } from '#contract/routes'
import { decodeCursor, encodeCursor } from '../../platform/page-cursor.ts'
import { Problem } from '../../platform/problem.ts'
import { registerRoute } from '../../platform/register-route.ts'
import { readVariables } from '../../platform/variables.ts'
import { runBulk } from './bulk.service.ts'
import { existing, type DeviceDeps } from './device-deps.ts'
import { readEvents, readMetrics } from './device-detail.store.ts'
import { exportCsv } from './device-export.ts'
import { deviceCursor, pageDevices } from './device-rows.store.ts'

const MAX_RANGE_DAYS = 400
const MAX_RANGE_MS = MAX_RANGE_DAYS * 86_400_000

/** The list of devices: rows, facets, export, bulk operations. */
export function registerDeviceLists(app: FastifyInstance, deps: DeviceDeps): void {
  registerRoute(app, routes.listDevices, async ({ query, within }) => {
    const cursor = deps.hub.cursor
    const after = query.after === undefined ? null : decodeCursor(deviceCursor, query.after)
    const page = await pageDevices(deps.db, deps.list, { ...query, within }, after)
    return { cursor, rows: page.rows, total: page.total, next: page.next && encodeCursor(page.next) }
  })
  registerRoute(app, routes.getDeviceFacets, ({ query, within }) => deps.list.facets({ ...query, within }))
  registerRoute(app, routes.exportDevices, ({ query, reply, within }) => {
    reply
      .type('text/csv; charset=utf-8')
      .header('content-disposition', 'attachment; filename="wheelhouse-devices.csv"')
    return reply.send(Readable.from(exportCsv(deps, { ...query, within })))
  })
  registerRoute(app, routes.bulkDevices, ({ body, caller }) => {
    const { operation } = body
    app.abilities.require(...bulkNeeds(operation.kind === 'action' ? operation.action : operation.kind))
    return runBulk(deps, body, caller)
  })
}

/** What is known of one device. */
export function registerDeviceReads(app: FastifyInstance, deps: DeviceDeps): void {
  registerRoute(app, routes.getDevice, async ({ params }) => {
    const cursor = deps.hub.cursor
    return { cursor, device: await existing(deps, params.uuid) }
  })
  registerRoute(app, routes.listDeviceEvents, async ({ params, query }) => {
    const device = await existing(deps, params.uuid)
    const before = query.after === undefined ? undefined : decodeCursor(z.int(), query.after)
    const rows = await readEvents(deps.db, device.id, {
      ...(before === undefined ? {} : { before }),
      kinds: query.kind,
      limit: query.limit + 1,
    })
    const shown = rows.slice(0, query.limit)
    return { rows: shown, next: rows.length > query.limit ? encodeCursor(shown.at(-1)?.id) : null }
  })
  registerRoute(app, routes.getDeviceMetrics, async ({ params, query }) => {
    const device = await existing(deps, params.uuid)
    const [from, to] = [new Date(query.from), new Date(query.to)]
    if (to <= from) throw Problem.invalid('query.to', 'must be later than query.from')
    if (to.getTime() - from.getTime() > MAX_RANGE_MS)
      throw Problem.invalid('query.from', 'is more than 400 days before query.to')
    return readMetrics(deps.db, device.id, from, to, query.points)
  })
  registerRoute(app, routes.listDeviceVariables, async ({ params }) => {
    const device = await existing(deps, params.uuid)
    return { variables: await readVariables(deps.db, device.fleetId, device.id) }
  })
}
