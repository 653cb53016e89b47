import { randomBytes } from 'node:crypto'
import type { FastifyInstance } from 'fastify'
import { sql, type Kysely, type Transaction } from 'kysely'
import { connectivities, type WallCell } from '#contract/device'
import type { FleetSummary } from '#contract/fleet'
import { healthStates, type Health } from '#contract/health'
import { routes } from '#contract/routes'
import type { AuditInput } from '../../platform/audit-input.ts'
import type { Change } from '../../platform/changes.ts'
import type { Schema } from '../../platform/db/schema.ts'
import { recomputeTargets } from '../../platform/device-target.ts'
import type { Hub } from '../../platform/hub.ts'
import { Problem } from '../../platform/problem.ts'
import { registerRoute } from '../../platform/register-route.ts'
import { hashSecret, makeSecret } from '../../platform/secrets.ts'
import { deleteVariable, readVariables, setVariable } from '../../platform/variables.ts'
import { readFleetSummaries } from './fleet-summary.store.ts'

export type FleetDeps = {
  db: Kysely<Schema>
  now: () => Date
  hub: Hub
  publish: (changes: readonly Change[]) => void
  audit: (db: Kysely<Schema> | Transaction<Schema>, entry: AuditInput) => Promise<void>
  /** Tells the devices of a fleet that what they should run may have changed. */
  nudgeFleet: (fleetId: number) => void
}

const COUNTER_INTERVAL_MS = 1_000

type CellRow = {
  uuid: string
  name: string
  health: Health
  connectivity: (typeof connectivities)[number]
  update_percent: number | null
  update_state: string
}
const toCell = (row: CellRow): WallCell => [
  row.uuid,
  row.name,
  healthStates.indexOf(row.health),
  connectivities.indexOf(row.connectivity),
  row.update_state === 'downloading'
    ? (row.update_percent ?? 0)
    : row.update_state === 'downloaded' || row.update_state === 'applying'
      ? 100
      : null,
]

async function readCells(
  db: Kysely<Schema>,
  fleetId: number,
  deviceIds?: readonly number[],
): Promise<WallCell[]> {
  const rows = await sql<CellRow>`
    select uuid, name, health, connectivity, update_percent, update_state from device
    where fleet_id = ${fleetId} and deleted_at is null and ${deviceIds === undefined ? sql`true` : sql`id = any(${[...deviceIds]}::bigint[])`}
    order by name, id`.execute(db)
  return rows.rows.map(toCell)
}

const moves = (change: Change): boolean => {
  if (change.kind === 'device')
    return [...change.aspects].some((aspect) => aspect !== 'metrics' && aspect !== 'facts')
  return change.kind !== 'log'
}
const fleetOf = (change: Change) => ('fleetId' in change ? change.fleetId : undefined)

function provideTopics(deps: FleetDeps): void {
  deps.hub.provide({
    kind: 'fleets',
    minIntervalMs: COUNTER_INTERVAL_MS,
    concerns: (_topic, change) => moves(change),
    build: async (_topic, changes) => {
      const ids = [...new Set(changes.flatMap((change) => fleetOf(change) ?? []))]
      const upserted = await readFleetSummaries(deps.db, deps.now(), ids)
      return { upserted, removed: ids.filter((id) => !upserted.some((fleet) => fleet.id === id)) }
    },
  })
  deps.hub.provide({
    kind: 'fleet',
    minIntervalMs: COUNTER_INTERVAL_MS,
    concerns: (topic, change) => moves(change) && fleetOf(change) === topic.fleetId,
    build: async (topic) => ({
      fleet: (await readFleetSummaries(deps.db, deps.now(), [topic.fleetId]))[0] ?? null,
    }),
  })
  deps.hub.provide({
    kind: 'wall',
    concerns: (topic, change) =>
      (change.kind === 'device' || change.kind === 'device-removed') &&
      moves(change) &&
      change.fleetId === topic.fleetId,
    build: async (topic, changes) => {
      const removed = changes.flatMap((change) => (change.kind === 'device-removed' ? [change.uuid] : []))
      const ids = [
        ...new Set(changes.flatMap((change) => (change.kind === 'device' ? [change.deviceId] : []))),
      ]
      return { upserted: await readCells(deps.db, topic.fleetId, ids), removed }
    },
  })
}

export async function existingFleet(
  deps: Pick<FleetDeps, 'db' | 'now'>,
  fleetId: number,
): Promise<FleetSummary> {
  const [fleet] = await readFleetSummaries(deps.db, deps.now(), [fleetId])
  if (!fleet) throw Problem.notFound('fleet', String(fleetId))
  return fleet
}

function registerFleets(app: FastifyInstance, deps: FleetDeps): void {
  registerRoute(app, routes.listFleets, async () => {
    const cursor = deps.hub.cursor
    return { cursor, fleets: await readFleetSummaries(deps.db, deps.now()) }
  })
  registerRoute(app, routes.getFleet, async ({ params }) => {
    const cursor = deps.hub.cursor
    return { cursor, fleet: await existingFleet(deps, params.fleetId) }
  })
  registerRoute(app, routes.getFleetWall, async ({ params }) => {
    const cursor = deps.hub.cursor
    await existingFleet(deps, params.fleetId)
    return { cursor, cells: await readCells(deps.db, params.fleetId) }
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
    const row = await deps.db
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
    if (!row)
      throw Problem.conflict('name-taken', `A fleet named ${body.name} exists`, [
        { field: 'body.name', reason: 'belongs to another fleet' },
      ])
    await deps.audit(deps.db, {
      actor: caller,
      action: 'fleet.create',
      subjectKind: 'fleet',
      subjectId: String(row.id),
      fleetId: row.id,
      summary: `Added the fleet ${body.name}`,
    })
    deps.publish([{ kind: 'fleet', fleetId: row.id }])
    return existingFleet(deps, row.id)
  })
  registerRoute(app, routes.updateFleet, async ({ params, body, caller }) => {
    await existingFleet(deps, params.fleetId)
    const changes = await deps.db.transaction().execute(async (trx) => {
      if (body.name !== undefined) {
        const taken = await trx
          .selectFrom('fleet')
          .select('id')
          .where(sql<boolean>`lower(name) = lower(${body.name})`)
          .where('id', '<>', params.fleetId)
          .executeTakeFirst()
        if (taken)
          throw Problem.conflict('name-taken', `A fleet named ${body.name} exists`, [
            { field: 'body.name', reason: 'belongs to another fleet' },
          ])
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
    if (fleet.devices.total > 0)
      throw Problem.conflict(
        'fleet-not-empty',
        `${fleet.name} still has ${fleet.devices.total} devices; move or delete them first`,
      )
    await deps.db.transaction().execute(async (trx) => {
      await trx.updateTable('fleet').set({ target_release_id: null }).where('id', '=', fleet.id).execute()
      await trx.deleteFrom('rollout').where('fleet_id', '=', fleet.id).execute()
      await trx
        .deleteFrom('device')
        .where('fleet_id', '=', fleet.id)
        .where('deleted_at', 'is not', null)
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

async function applyPolicy(
  trx: Transaction<Schema>,
  fleetId: number,
  policy: { kind: 'track-latest' } | { kind: 'pinned'; releaseId: number },
  now: Date,
): Promise<Change[]> {
  let targetId: number | null
  if (policy.kind === 'pinned') {
    const release = await trx
      .selectFrom('release')
      .select(['id', 'status'])
      .where('id', '=', policy.releaseId)
      .where('fleet_id', '=', fleetId)
      .executeTakeFirst()
    if (!release) throw Problem.invalid('body.policy.releaseId', 'is not a release of this fleet')
    if (release.status === 'failed')
      throw Problem.invalid('body.policy.releaseId', 'is a failed release; it is never offered')
    targetId = release.id
  } else {
    const latest = await trx
      .selectFrom('release')
      .select('id')
      .where('fleet_id', '=', fleetId)
      .where('status', '=', 'final')
      .orderBy('id', 'desc')
      .limit(1)
      .executeTakeFirst()
    targetId = latest?.id ?? null
  }
  await trx
    .updateTable('fleet')
    .set({ policy: policy.kind, target_release_id: targetId })
    .where('id', '=', fleetId)
    .execute()
  // What ended rollouts had assigned gives way to what a person says now; a running rollout keeps its devices.
  await sql`
    update device d set assigned_release_id = null where d.fleet_id = ${fleetId} and d.assigned_release_id is not null and not exists (
      select 1 from rollout_device rd join rollout ro on ro.id = rd.rollout_id
      where rd.device_id = d.id and ro.state in ('running', 'paused', 'rolling-back') and rd.state not in ('succeeded', 'failed', 'rolled-back', 'skipped'))`.execute(
    trx,
  )
  return recomputeTargets(trx, { fleetId }, now)
}

function registerKeys(app: FastifyInstance, deps: FleetDeps): void {
  const view = (row: {
    id: number
    name: string
    created_by: string
    created_at: Date
    expires_at: Date | null
    last_used_at: Date | null
  }) => ({
    id: row.id,
    name: row.name,
    createdBy: row.created_by,
    createdAt: row.created_at.toISOString(),
    expiresAt: row.expires_at?.toISOString() ?? null,
    lastUsedAt: row.last_used_at?.toISOString() ?? null,
  })
  registerRoute(app, routes.listProvisioningKeys, async ({ params }) => {
    await existingFleet(deps, params.fleetId)
    const rows = await deps.db
      .selectFrom('provisioning_key')
      .selectAll()
      .where('fleet_id', '=', params.fleetId)
      .where('revoked_at', 'is', null)
      .orderBy('id', 'desc')
      .execute()
    return { keys: rows.map(view) }
  })
  registerRoute(app, routes.createProvisioningKey, async ({ params, body, caller }) => {
    await existingFleet(deps, params.fleetId)
    const secret = makeSecret('whp_')
    const row = await deps.db
      .insertInto('provisioning_key')
      .values({
        fleet_id: params.fleetId,
        name: body.name,
        key_hash: hashSecret(secret),
        created_by: caller.name,
        created_at: deps.now(),
        expires_at: body.expiresAt,
      })
      .returningAll()
      .executeTakeFirstOrThrow()
    await deps.audit(deps.db, {
      actor: caller,
      action: 'provisioning-key.create',
      subjectKind: 'provisioning-key',
      subjectId: String(row.id),
      fleetId: params.fleetId,
      summary: `Made the provisioning key ${body.name}`,
    })
    return { ...view(row), secret }
  })
  registerRoute(app, routes.revokeProvisioningKey, async ({ params, caller }) => {
    const row = await deps.db
      .updateTable('provisioning_key')
      .set({ revoked_at: sql`coalesce(revoked_at, now())` })
      .where('id', '=', params.keyId)
      .where('fleet_id', '=', params.fleetId)
      .returning('name')
      .executeTakeFirst()
    if (!row) throw Problem.notFound('provisioning key', String(params.keyId))
    await deps.audit(deps.db, {
      actor: caller,
      action: 'provisioning-key.revoke',
      subjectKind: 'provisioning-key',
      subjectId: String(params.keyId),
      fleetId: params.fleetId,
      summary: `Revoked the provisioning key ${row.name}`,
    })
  })
}

function registerVariables(app: FastifyInstance, deps: FleetDeps): void {
  registerRoute(app, routes.listFleetVariables, async ({ params }) => {
    await existingFleet(deps, params.fleetId)
    return { variables: await readVariables(deps.db, params.fleetId, null) }
  })
  registerRoute(app, routes.setFleetVariable, async ({ params, body, caller }) => {
    await existingFleet(deps, params.fleetId)
    const id = await setVariable(deps.db, { fleetId: params.fleetId, deviceId: null, ...body })
    await deps.audit(deps.db, {
      actor: caller,
      action: 'variable.set',
      subjectKind: 'fleet',
      subjectId: String(params.fleetId),
      fleetId: params.fleetId,
      summary: `Set the ${body.kind} variable ${body.name}`,
    })
    deps.nudgeFleet(params.fleetId)
    const variable = (await readVariables(deps.db, params.fleetId, null)).find((other) => other.id === id)
    if (!variable) throw Problem.notFound('variable', String(id))
    return variable
  })
  registerRoute(app, routes.deleteFleetVariable, async ({ params, caller }) => {
    const name = await deleteVariable(deps.db, params.variableId, params.fleetId, null)
    if (name === null) throw Problem.notFound('variable', String(params.variableId))
    await deps.audit(deps.db, {
      actor: caller,
      action: 'variable.delete',
      subjectKind: 'fleet',
      subjectId: String(params.fleetId),
      fleetId: params.fleetId,
      summary: `Removed the variable ${name}`,
    })
    deps.nudgeFleet(params.fleetId)
  })
}

/** Fleets: counters, policy, wall, provisioning keys and fleet variables. */
export function fleetsModule(deps: FleetDeps) {
  provideTopics(deps)
  return {
    register(app: FastifyInstance): void {
      registerFleets(app, deps)
      registerKeys(app, deps)
      registerVariables(app, deps)
    },
  }
}
