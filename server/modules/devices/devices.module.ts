import { Readable } from 'node:stream'
import type { FastifyInstance } from 'fastify'
import { sql } from 'kysely'
import { z } from 'zod'
import type { DeviceDetail, DeviceFilter, DeviceRow } from '#contract/device'
import { isReservedTag } from '#contract/device-protocol'
import { routes } from '#contract/routes'
import type { Change } from '../../platform/changes.ts'
import { recomputeTargets, releaseFits } from '../../platform/device-target.ts'
import type { Hub } from '../../platform/hub.ts'
import { decodeCursor, encodeCursor } from '../../platform/page-cursor.ts'
import { Problem } from '../../platform/problem.ts'
import { registerRoute, type Caller } from '../../platform/register-route.ts'
import { deleteVariable, readVariables, setVariable } from '../../platform/variables.ts'
import { runBulk, type BulkDeps } from './bulk.service.ts'
import { readDevice, readEvents, readMetrics, type JudgeLayers } from './device-detail.store.ts'
import { countDevices, pageDevices, readFacets, type DeviceCursor } from './device-rows.store.ts'
import { provideDeviceTopics } from './device-topics.ts'

export type DeviceDeps = BulkDeps & {
  hub: Hub
  judgeLayers: JudgeLayers
  /** Tells a device that what it should run may have changed. */
  nudgeDevice: (deviceId: number) => void
}

const deviceCursor = z.object({ key: z.union([z.string(), z.number()]), name: z.string(), id: z.int() })
const EXPORT_PAGE = 200
const DAY_MS = 86_400_000
const MAX_RANGE_MS = 400 * DAY_MS

/** A cell that a spreadsheet must not run as a formula. */
export function csvCell(value: unknown): string {
  const text = value === null || value === undefined ? '' : String(value)
  const safe = /^[=+\-@\t\r]/.test(text) ? `'${text}` : text
  return /[",\n\r]/.test(safe) ? `"${safe.replaceAll('"', '""')}"` : safe
}

const csvColumns: readonly (readonly [string, (row: DeviceRow) => unknown])[] = [
  ['name', (row) => row.name],
  ['uuid', (row) => row.uuid],
  ['fleet', (row) => row.fleetName],
  ['device type', (row) => row.deviceType],
  ['connectivity', (row) => row.connectivity],
  ['last seen', (row) => row.lastSeenAt],
  ['health', (row) => row.health],
  ['reasons', (row) => row.reasons.map((reason) => reason.evidence).join('; ')],
  ['release', (row) => row.currentRelease?.semver],
  ['target', (row) => row.targetRelease?.semver],
  ['pinned', (row) => (row.isPinned ? 'yes' : 'no')],
  ['update', (row) => row.updateState],
  ['host OS', (row) => row.osVersion],
  ['supervisor', (row) => row.supervisorVersion],
  ['IP address', (row) => row.ipAddress],
  ['CPU %', (row) => row.cpuPercent],
  ['CPU °C', (row) => row.cpuTemperatureC],
  ['memory used MiB', (row) => row.memoryUsedMib],
  ['memory total MiB', (row) => row.memoryTotalMib],
  ['storage used MiB', (row) => row.storageUsedMib],
  ['storage total MiB', (row) => row.storageTotalMib],
  [
    'tags',
    (row) =>
      Object.entries(row.tags)
        .map(([key, value]) => `${key}=${value}`)
        .join(' '),
  ],
]

async function* exportCsv(deps: DeviceDeps, filter: DeviceFilter): AsyncGenerator<string> {
  yield `${csvColumns.map(([name]) => name).join(',')}\n`
  let after: DeviceCursor | null = null
  do {
    const page: { rows: DeviceRow[]; next: DeviceCursor | null } = await pageDevices(
      deps.db,
      { ...filter, sort: 'name', direction: 'asc', limit: EXPORT_PAGE },
      after,
    )
    yield page.rows.map((row) => `${csvColumns.map(([, read]) => csvCell(read(row))).join(',')}\n`).join('')
    after = page.next
  } while (after !== null)
}

async function existing(deps: DeviceDeps, uuid: string): Promise<DeviceDetail> {
  const device = await readDevice(deps.db, uuid, deps.judgeLayers)
  if (!device) throw Problem.notFound('device', uuid)
  return device
}

function registerLists(app: FastifyInstance, deps: DeviceDeps): void {
  registerRoute(app, routes.listDevices, async ({ query }) => {
    const cursor = deps.hub.cursor
    const after = query.after === undefined ? null : decodeCursor(deviceCursor, query.after)
    const page = await pageDevices(deps.db, query, after)
    return {
      cursor,
      rows: page.rows,
      total: await countDevices(deps.db, query),
      next: page.next && encodeCursor(page.next),
    }
  })
  registerRoute(app, routes.getDeviceFacets, ({ query }) => readFacets(deps.db, query))
  registerRoute(app, routes.exportDevices, ({ query, reply }) => {
    reply
      .type('text/csv; charset=utf-8')
      .header('content-disposition', 'attachment; filename="wheelhouse-devices.csv"')
    return reply.send(Readable.from(exportCsv(deps, query)))
  })
  registerRoute(app, routes.bulkDevices, ({ body, caller }) => runBulk(deps, body, caller))
}

function registerReads(app: FastifyInstance, deps: DeviceDeps): void {
  registerRoute(app, routes.getDevice, async ({ params }) => {
    const cursor = deps.hub.cursor
    return { cursor, device: await existing(deps, params.uuid) }
  })
  registerRoute(app, routes.listDeviceEvents, async ({ params, query }) => {
    const device = await existing(deps, params.uuid)
    const before = query.after === undefined ? undefined : decodeCursor(z.int(), query.after)
    const rows = await readEvents(deps.db, device.id, {
      ...(before === undefined ? {} : { before }),
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

/** Notes what a person changed, tells whoever watches, and answers the device as it is now. */
async function changed(
  deps: DeviceDeps,
  device: DeviceDetail,
  caller: Caller,
  what: { kind: string; action: string; summary: string },
  changes: readonly Change[] = [],
): Promise<DeviceDetail> {
  await deps.db
    .insertInto('device_event')
    .values({
      device_id: device.id,
      fleet_id: device.fleetId,
      at: deps.now(),
      kind: what.kind,
      summary: what.summary,
      actor: caller.name,
    })
    .execute()
  await deps.audit(deps.db, {
    actor: caller,
    action: what.action,
    subjectKind: 'device',
    subjectId: device.uuid,
    fleetId: device.fleetId,
    summary: `${what.summary} (${device.name})`,
  })
  deps.publish([
    ...changes,
    {
      kind: 'device',
      deviceId: device.id,
      uuid: device.uuid,
      fleetId: device.fleetId,
      aspects: new Set(['identity', 'event']),
    },
  ])
  return existing(deps, device.uuid)
}

function registerWrites(app: FastifyInstance, deps: DeviceDeps): void {
  registerRoute(app, routes.updateDevice, async ({ params, body, caller }) => {
    const device = await existing(deps, params.uuid)
    await deps.db
      .updateTable('device')
      .set({ name: body.name ?? device.name, note: body.note ?? device.note, revision: sql`revision + 1` })
      .where('id', '=', device.id)
      .execute()
    const summary =
      body.name !== undefined && body.name !== device.name ? `Renamed to ${body.name}` : 'Changed the note'
    return changed(deps, device, caller, { kind: 'tag', action: 'device.update', summary })
  })
  registerRoute(app, routes.deleteDevice, async ({ params, caller }) => {
    const device = await existing(deps, params.uuid)
    await deps.db.transaction().execute(async (trx) => {
      await trx
        .updateTable('device')
        .set({
          deleted_at: deps.now(),
          next_check_at: null,
          pinned_release_id: null,
          assigned_release_id: null,
          target_release_id: null,
          current_release_id: null,
        })
        .where('id', '=', device.id)
        .execute()
      await trx.deleteFrom('rollout_device').where('device_id', '=', device.id).execute()
      await deps.audit(trx, {
        actor: caller,
        action: 'device.delete',
        subjectKind: 'device',
        subjectId: device.uuid,
        fleetId: device.fleetId,
        summary: `Deleted the device ${device.name}`,
      })
    })
    deps.publish([
      { kind: 'device-removed', deviceId: device.id, uuid: device.uuid, fleetId: device.fleetId },
    ])
  })
  registerRoute(app, routes.pinDevice, async ({ params, body, caller }) => {
    const device = await existing(deps, params.uuid)
    const release = body.releaseId === null ? null : await pinnable(deps, device, body.releaseId)
    const changes = await deps.db.transaction().execute(async (trx) => {
      await trx
        .updateTable('device')
        .set({ pinned_release_id: body.releaseId, revision: sql`revision + 1` })
        .where('id', '=', device.id)
        .execute()
      return recomputeTargets(trx, { deviceIds: [device.id] }, deps.now())
    })
    return changed(
      deps,
      device,
      caller,
      {
        kind: 'target',
        action: 'device.pin',
        summary: release === null ? 'Unpinned: follows its fleet' : `Pinned to ${release}`,
      },
      changes,
    )
  })
  registerRoute(app, routes.setDeviceTag, async ({ params, body, caller }) => {
    const device = await existing(deps, params.uuid)
    if (isReservedTag(params.key))
      throw Problem.invalid('params.key', 'begins with a word reserved for what devices tell of themselves')
    await sql`update device set tags = tags || ${JSON.stringify({ [params.key]: body.value })}::jsonb, revision = revision + 1 where id = ${device.id}`.execute(
      deps.db,
    )
    return changed(deps, device, caller, {
      kind: 'tag',
      action: 'device.tag',
      summary: `Set the tag ${params.key} to ${body.value}`,
    })
  })
  registerRoute(app, routes.deleteDeviceTag, async ({ params, caller }) => {
    const device = await existing(deps, params.uuid)
    if (!(params.key in device.tags)) throw Problem.notFound('tag', params.key)
    await sql`update device set tags = tags - ${params.key}, revision = revision + 1 where id = ${device.id}`.execute(
      deps.db,
    )
    return changed(deps, device, caller, {
      kind: 'tag',
      action: 'device.untag',
      summary: `Removed the tag ${params.key}`,
    })
  })
  registerRoute(app, routes.setDeviceVariable, async ({ params, body, caller }) => {
    const device = await existing(deps, params.uuid)
    const id = await setVariable(deps.db, { fleetId: device.fleetId, deviceId: device.id, ...body })
    await changed(deps, device, caller, {
      kind: 'variable',
      action: 'variable.set',
      summary: `Set the ${body.kind} variable ${body.name}`,
    })
    deps.nudgeDevice(device.id)
    const variable = (await readVariables(deps.db, device.fleetId, device.id)).find(
      (other) => other.id === id,
    )
    if (!variable) throw Problem.notFound('variable', String(id))
    return variable
  })
  registerRoute(app, routes.deleteDeviceVariable, async ({ params, caller }) => {
    const device = await existing(deps, params.uuid)
    const name = await deleteVariable(deps.db, params.variableId, device.fleetId, device.id)
    if (name === null) throw Problem.notFound('variable', String(params.variableId))
    await changed(deps, device, caller, {
      kind: 'variable',
      action: 'variable.delete',
      summary: `Removed the variable ${name}`,
    })
    deps.nudgeDevice(device.id)
  })
}

async function pinnable(deps: DeviceDeps, device: DeviceDetail, releaseId: number): Promise<string> {
  const release = await deps.db
    .selectFrom('release')
    .select(['semver', 'status'])
    .where('id', '=', releaseId)
    .where('fleet_id', '=', device.fleetId)
    .executeTakeFirst()
  if (!release) throw Problem.invalid('body.releaseId', 'is not a release of the device’s fleet')
  const fits = await sql<{
    fits: boolean
  }>`select ${releaseFits(sql`${releaseId}::bigint`, sql`${device.deviceType}`)} as fits`.execute(deps.db)
  if (!fits.rows[0]?.fits)
    throw Problem.invalid(
      'body.releaseId',
      release.status === 'failed'
        ? 'is a failed release; it is never offered'
        : `has no images for ${device.deviceType}`,
    )
  return release.semver
}

/** Devices: lists, one device, tags, variables, pins, bulk operations. */
export function devicesModule(deps: DeviceDeps) {
  provideDeviceTopics(deps)
  return {
    register(app: FastifyInstance): void {
      registerLists(app, deps)
      registerReads(app, deps)
      registerWrites(app, deps)
    },
    /** Job: forgets events and metrics older than their retention. */
    async prune(retention: { eventDays: number; metricDays: number }): Promise<void> {
      const before = (days: number) => new Date(deps.now().getTime() - days * DAY_MS)
      await deps.db.deleteFrom('metric').where('at', '<', before(retention.metricDays)).execute()
      await deps.db.deleteFrom('device_event').where('at', '<', before(retention.eventDays)).execute()
    },
  }
}
