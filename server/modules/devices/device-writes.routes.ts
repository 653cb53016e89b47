import type { FastifyInstance } from 'fastify'
import { sql, type Transaction, type Updateable } from 'kysely'
import type { DeviceDetail, EventKind } from '#contract/device'
import { isReservedTag } from '#contract/device-protocol'
import { routes } from '#contract/routes'
import type { Change } from '../../platform/changes.ts'
import type { Schema } from '../../platform/db/schema.ts'
import { recomputeTargets, releaseAssignments, releaseFits } from '../../platform/device-target.ts'
import { Problem } from '../../platform/problem.ts'
import { registerRoute, type Caller } from '../../platform/register-route.ts'
import { deleteVariable, readVariables, setVariable } from '../../platform/variables.ts'
import { existing, type DeviceDeps } from './device-deps.ts'

/** As many as a device may give itself. */
const MAX_TAGS = 100

export type What = { kind: EventKind; action: string; summary: string; data?: Record<string, unknown> }

/**
 * Changes one device in a transaction with its event and its audit entry, tells whoever watches, and answers the device
 * as it is now. `change` answers devices whose target moved.
 */
export async function changeDevice(
  deps: DeviceDeps,
  device: DeviceDetail,
  caller: Caller,
  what: What,
  change: (trx: Transaction<Schema>) => Promise<readonly Change[]>,
): Promise<DeviceDetail> {
  const changes = await deps.db.transaction().execute(async (trx) => {
    const moved = await change(trx)
    await trx
      .insertInto('device_event')
      .values({
        device_id: device.id,
        fleet_id: device.fleetId,
        at: deps.now(),
        kind: what.kind,
        summary: what.summary,
        actor: caller.name,
        data: JSON.stringify(what.data ?? {}),
      })
      .execute()
    await deps.audit(trx, {
      actor: caller,
      action: what.action,
      subjectKind: 'device',
      subjectId: device.uuid,
      fleetId: device.fleetId,
      summary: `${what.summary} (${device.name})`,
      data: what.data ?? {},
    })
    return moved
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

const updateColumns = async (
  trx: Transaction<Schema>,
  deviceId: number,
  columns: Updateable<Schema['device']>,
): Promise<void> => {
  await trx
    .updateTable('device')
    .set({ ...columns, revision: sql`revision + 1` })
    .where('id', '=', deviceId)
    .execute()
}

/** Deletes a device and everything known of it, so that it may register anew. */
async function deleteDevice(deps: DeviceDeps, device: DeviceDetail, caller: Caller): Promise<void> {
  const left = await deps.db.transaction().execute(async (trx) => {
    const changes = await deps.leaveRollouts(trx, device.id)
    await trx.deleteFrom('device').where('id', '=', device.id).execute()
    await trx.deleteFrom('log_line').where('device_id', '=', device.id).execute()
    await deps.audit(trx, {
      actor: caller,
      action: 'device.delete',
      subjectKind: 'device',
      subjectId: device.uuid,
      fleetId: device.fleetId,
      summary: `Deleted the device ${device.name}`,
    })
    return changes
  })
  deps.publish([
    ...left,
    { kind: 'device-removed', deviceId: device.id, uuid: device.uuid, fleetId: device.fleetId },
  ])
}

/** What people change of one device. */
export function registerDeviceWrites(app: FastifyInstance, deps: DeviceDeps): void {
  registerRoute(app, routes.updateDevice, async ({ params, body, caller }) => {
    const device = await existing(deps, params.uuid)
    const { name = device.name } = body
    if (name === device.name) return device
    const what: What = { kind: 'tag', action: 'device.update', summary: `Renamed to ${name}` }
    return changeDevice(deps, device, caller, what, async (trx) => {
      await updateColumns(trx, device.id, { name })
      return []
    })
  })
  registerRoute(app, routes.deleteDevice, async ({ params, caller }) =>
    deleteDevice(deps, await existing(deps, params.uuid), caller),
  )
  registerRoute(app, routes.pinDevice, async ({ params, body, caller }) => {
    const device = await existing(deps, params.uuid)
    const release = body.releaseId === null ? null : await pinnable(deps, device, body.releaseId)
    const what: What = {
      kind: 'target',
      action: release === null ? 'device.unpin' : 'device.pin',
      summary: release === null ? 'Unpinned: follows its fleet' : `Pinned to ${release}`,
    }
    return changeDevice(deps, device, caller, what, async (trx) => {
      await updateColumns(trx, device.id, { pinned_release_id: body.releaseId })
      if (body.releaseId === null) await releaseAssignments(trx, { deviceIds: [device.id] })
      return recomputeTargets(trx, { deviceIds: [device.id] }, deps.now())
    })
  })
  registerTags(app, deps)
  registerVariables(app, deps)
}

function registerTags(app: FastifyInstance, deps: DeviceDeps): void {
  registerRoute(app, routes.setDeviceTag, async ({ params, body, caller }) => {
    const device = await existing(deps, params.uuid)
    if (isReservedTag(params.key))
      throw Problem.invalid('params.key', 'begins with a word reserved for what devices tell of themselves')
    if (!(params.key in device.tags) && Object.keys(device.tags).length >= MAX_TAGS)
      throw Problem.conflict('too-many-tags', `A device has at most ${MAX_TAGS} tags; remove one first`)
    const summary = `Set the tag ${params.key} to ${body.value}`
    return changeDevice(deps, device, caller, { kind: 'tag', action: 'device.tag', summary }, async (trx) => {
      const added = JSON.stringify({ [params.key]: body.value })
      await sql`update device set tags = tags || ${added}::jsonb, revision = revision + 1 where id = ${device.id}`.execute(
        trx,
      )
      return []
    })
  })
  registerRoute(app, routes.deleteDeviceTag, async ({ params, caller }) => {
    const device = await existing(deps, params.uuid)
    if (!(params.key in device.tags)) throw Problem.notFound('tag', params.key)
    const summary = `Removed the tag ${params.key}`
    return changeDevice(
      deps,
      device,
      caller,
      { kind: 'tag', action: 'device.untag', summary },
      async (trx) => {
        await sql`update device set tags = tags - ${params.key}::text, revision = revision + 1 where id = ${device.id}`.execute(
          trx,
        )
        return []
      },
    )
  })
}

function registerVariables(app: FastifyInstance, deps: DeviceDeps): void {
  registerRoute(app, routes.setDeviceVariable, async ({ params, body, caller }) => {
    const device = await existing(deps, params.uuid)
    const summary = `Set the ${body.kind} variable ${body.name}`
    let id = 0
    const data = { name: body.name, service: body.service }
    const what: What = { kind: 'variable', action: 'variable.set', summary, data }
    await changeDevice(deps, device, caller, what, async (trx) => {
      id = await setVariable(trx, { fleetId: device.fleetId, deviceId: device.id, ...body })
      return []
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
    const known = await readVariables(deps.db, device.fleetId, device.id)
    const own = known.find((other) => other.id === params.variableId && other.scope.startsWith('device'))
    if (!own) throw Problem.notFound('variable', String(params.variableId))
    const summary = `Removed the variable ${own.name}`
    await changeDevice(
      deps,
      device,
      caller,
      {
        kind: 'variable',
        action: 'variable.delete',
        summary,
        data: { name: own.name, service: own.service, isRemoval: true },
      },
      async (trx) => {
        await deleteVariable(trx, own.id, device.fleetId, device.id)
        return []
      },
    )
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
