import type { FastifyInstance } from 'fastify'
import { sql } from 'kysely'
import type { DeviceDetail } from '#contract/device'
import { isReservedTag } from '#contract/device-protocol'
import { routes } from '#contract/routes'
import type { Change } from '../../platform/changes.ts'
import { recomputeTargets, releaseFits } from '../../platform/device-target.ts'
import { Problem } from '../../platform/problem.ts'
import { registerRoute, type Caller } from '../../platform/register-route.ts'
import { deleteVariable, readVariables, setVariable } from '../../platform/variables.ts'
import { existing, type DeviceDeps } from './device-deps.ts'

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

/** What people change of one device. */
export function registerDeviceWrites(app: FastifyInstance, deps: DeviceDeps): void {
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
