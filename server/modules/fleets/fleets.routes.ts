import { randomBytes } from 'node:crypto'
import type { FastifyInstance } from 'fastify'
import { sql } from 'kysely'
import type { FleetSummary } from '#contract/fleet'
import { routes } from '#contract/routes'
import { Problem } from '../../platform/problem.ts'
import { registerRoute } from '../../platform/register-route.ts'
import type { FleetDeps } from './fleet-deps.ts'
import { applyPolicy } from './fleet-policy.service.ts'
import { readFleetSummaries } from './fleet-summary.store.ts'
import { readCells, readWallDevices } from './fleet-wall.store.ts'
import { encodeWallCells } from '#contract/wall-cells'

export async function existingFleet(
  deps: Pick<FleetDeps, 'db' | 'counts'>,
  fleetId: number,
): Promise<FleetSummary> {
  const [fleet] = await readFleetSummaries(deps, [fleetId])
  if (!fleet) throw Problem.notFound('fleet', String(fleetId))
  return fleet
}

/** Fleets: list, one, wall, add, change, delete. */
export function registerFleets(app: FastifyInstance, deps: FleetDeps): void {
  registerRoute(app, routes.listFleets, async ({ within }) => {
    const cursor = deps.hub.cursor
    return { cursor, fleets: await readFleetSummaries(deps, within) }
  })
  registerRoute(app, routes.getFleet, async ({ params }) => {
    const cursor = deps.hub.cursor
    return { cursor, fleet: await existingFleet(deps, params.fleetId) }
  })
  registerRoute(app, routes.getFleetWall, async ({ params }) => {
    const cursor = deps.hub.cursor
    await existingFleet(deps, params.fleetId)
    return { cursor, cells: encodeWallCells(await readCells(deps.db, params.fleetId)) }
  })
  registerRoute(app, routes.getWallDevices, async ({ params, query }) => {
    await existingFleet(deps, params.fleetId)
    return { devices: await readWallDevices(deps.db, params.fleetId, query.ids) }
  })
  registerRoute(app, routes.listDeviceTypes, async () => {
    const rows = await deps.db.selectFrom('device_type').selectAll().orderBy('name').execute()
    return {
      deviceTypes: rows.map((row) => ({
        slug: row.slug,
        name: row.name,
        architecture: row.architecture,
        osVersions: row.os_versions,
      })),
    }
  })
  registerRoute(app, routes.createFleet, async ({ body, caller }) => {
    const type = await deps.db
      .selectFrom('device_type')
      .select('slug')
      .where('slug', '=', body.deviceType)
      .executeTakeFirst()
    if (!type) throw Problem.invalid('body.deviceType', `"${body.deviceType}" is not a known device type`)
    const row = await deps.db.transaction().execute(async (trx) => {
      const added = await trx
        .insertInto('fleet')
        .values({
          uuid: randomBytes(16).toString('hex'),
          name: body.name,
          device_type: body.deviceType,
          created_at: deps.now(),
        })
        .onConflict((conflict) => conflict.expression(sql`lower(name)`).doNothing())
        .returning('id')
        .executeTakeFirst()
      if (!added) throw nameTaken(body.name)
      await deps.audit(trx, {
        actor: caller,
        action: 'fleet.create',
        subjectKind: 'fleet',
        subjectId: String(added.id),
        fleetId: added.id,
        summary: `Added the fleet ${body.name}`,
      })
      return added
    })
    deps.publish([{ kind: 'fleet', fleetId: row.id }])
    return existingFleet(deps, row.id)
  })
  registerRoute(app, routes.updateFleet, async ({ params, body, caller }) => {
    if (body.name !== undefined) app.abilities.require('create-fleets')
    if (body.policy !== undefined) app.abilities.require('target-releases')
    await existingFleet(deps, params.fleetId)
    const changes = await deps.db.transaction().execute(async (trx) => {
      await trx.selectFrom('fleet').select('id').where('id', '=', params.fleetId).forUpdate().execute()
      if (body.name !== undefined) {
        const taken = await trx
          .selectFrom('fleet')
          .select('id')
          .where(sql<boolean>`lower(name) = lower(${body.name})`)
          .where('id', '<>', params.fleetId)
          .executeTakeFirst()
        if (taken) throw nameTaken(body.name)
        await trx.updateTable('fleet').set({ name: body.name }).where('id', '=', params.fleetId).execute()
      }
      const moved =
        body.policy === undefined ? [] : await applyPolicy(trx, params.fleetId, body.policy, deps.now())
      await deps.audit(trx, {
        actor: caller,
        action: 'fleet.update',
        subjectKind: 'fleet',
        subjectId: String(params.fleetId),
        fleetId: params.fleetId,
        summary: describeUpdate(body),
      })
      return moved
    })
    deps.publish([...changes, { kind: 'fleet', fleetId: params.fleetId }])
    return existingFleet(deps, params.fleetId)
  })
  registerRoute(app, routes.deleteFleet, async ({ params, caller }) => {
    const fleet = await existingFleet(deps, params.fleetId)
    await deps.db.transaction().execute(async (trx) => {
      // A device that registers meanwhile waits for this lock and then finds no fleet.
      await trx.selectFrom('fleet').select('id').where('id', '=', fleet.id).forUpdate().execute()
      const { count } = await trx
        .selectFrom('device')
        .select((eb) => eb.fn.countAll<number>().as('count'))
        .where('fleet_id', '=', fleet.id)
        .where('deleted_at', 'is', null)
        .executeTakeFirstOrThrow()
      if (count > 0)
        throw Problem.conflict(
          'fleet-not-empty',
          `${fleet.name} still has ${count} ${count === 1 ? 'device' : 'devices'}; move or delete them first`,
        )
      await trx.updateTable('fleet').set({ target_release_id: null }).where('id', '=', fleet.id).execute()
      await trx.deleteFrom('rollout').where('fleet_id', '=', fleet.id).execute()
      await trx.deleteFrom('device').where('fleet_id', '=', fleet.id).execute()
      // Devices that moved away may still run what goes with this fleet: then what they run is not known here.
      await trx
        .updateTable('device')
        .set({ current_release_id: null })
        .where('current_release_id', 'in', (eb) =>
          eb.selectFrom('release').select('id').where('fleet_id', '=', fleet.id),
        )
        .execute()
      await trx.deleteFrom('fleet').where('id', '=', fleet.id).execute()
      await deps.audit(trx, {
        actor: caller,
        action: 'fleet.delete',
        subjectKind: 'fleet',
        subjectId: String(fleet.id),
        summary: `Deleted the fleet ${fleet.name}`,
      })
    })
    deps.publish([{ kind: 'fleet-removed', fleetId: fleet.id }])
  })
}

const nameTaken = (name: string) =>
  Problem.conflict('name-taken', `A fleet named ${name} exists`, [
    { field: 'body.name', reason: 'belongs to another fleet' },
  ])

const describeUpdate = (body: {
  name?: string | undefined
  policy?: { kind: string; releaseId?: number } | undefined
}) =>
  [
    body.name === undefined ? [] : `Renamed to ${body.name}`,
    body.policy === undefined
      ? []
      : body.policy.kind === 'pinned'
        ? `Pinned the fleet to release ${body.policy.releaseId}`
        : 'Let the fleet track its latest release',
  ]
    .flat()
    .join('; ') || 'Changed nothing'
