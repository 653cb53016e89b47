import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify'
import { sql, type Kysely } from 'kysely'
import { z } from 'zod'
import { architectureRuns } from '#contract/fleet'
import { deviceApiPaths, registerBody } from '#contract/device-protocol'
import type { Change } from '../../platform/changes.ts'
import type { Schema } from '../../platform/db/schema.ts'
import { recomputeTargets } from '../../platform/device-target.ts'
import { hashSecret, makeSecret } from '../../platform/secrets.ts'
import { keyOf, useProvisioningKey, type DeviceDirectory } from './device-auth.ts'
import { generateDeviceName } from './device-name.ts'

export type RegistrationDeps = {
  db: Kysely<Schema>
  now: () => Date
  directory: DeviceDirectory
  publish: (changes: readonly Change[]) => void
}

const clip = (text: string | null | undefined, length: number) => (text ? text.slice(0, length) : null)

async function register(deps: RegistrationDeps, request: FastifyRequest, reply: FastifyReply) {
  const key = keyOf(request)
  if (key === null) return reply.code(401).send('A provisioning key is needed')
  const provisioning = await useProvisioningKey(deps.db, key, deps.now())
  if (!provisioning) return reply.code(401).send('The provisioning key is unknown, revoked or expired')
  const parsed = registerBody.safeParse(request.body)
  if (!parsed.success)
    return reply
      .code(400)
      .send(parsed.error.issues.map((issue) => `${issue.path.join('.')}: ${issue.message}`).join('; '))
  const body = parsed.data
  if (body.application !== provisioning.fleet_id)
    return reply.code(401).send('application: this key belongs to another fleet')
  const types = await deps.db
    .selectFrom('device_type as own')
    .innerJoin('fleet as f', (join) => join.on('f.id', '=', provisioning.fleet_id))
    .innerJoin('device_type as fleet_type', 'fleet_type.slug', 'f.device_type')
    .select(['own.architecture', 'fleet_type.architecture as fleet_architecture'])
    .where('own.slug', '=', body.device_type)
    .executeTakeFirst()
  if (!types)
    return reply.code(400).send(`device_type: "${body.device_type}" is not a device type this gateway knows`)
  const fits =
    architectureRuns(types.architecture, types.fleet_architecture) ||
    architectureRuns(types.fleet_architecture, types.architecture)
  if (!fits)
    return reply
      .code(400)
      .send(
        `device_type: "${body.device_type}" (${types.architecture}) cannot run images for this fleet (${types.fleet_architecture})`,
      )
  const apiKey = body.api_key ?? makeSecret('')
  const created = await deps.db.transaction().execute(async (trx) => {
    const taken = await trx
      .selectFrom('device')
      .select('id')
      .where((eb) => eb.or([eb('uuid', '=', body.uuid), eb('key_hash', '=', hashSecret(apiKey))]))
      .executeTakeFirst()
    if (taken) return null
    const device = await trx
      .insertInto('device')
      .values({
        uuid: body.uuid,
        fleet_id: provisioning.fleet_id,
        device_type: body.device_type,
        name: generateDeviceName(body.uuid),
        key_hash: hashSecret(apiKey),
        created_at: deps.now(),
        os_version: clip(body.os_version, 70),
        os_variant: body.os_variant === 'dev' || body.os_variant === 'prod' ? body.os_variant : null,
        supervisor_version: clip(body.supervisor_version, 20),
        mac_address: clip(body.mac_address, 900),
        health_reasons: JSON.stringify([
          {
            code: 'never-seen',
            layer: 'supervisor',
            severity: 'unknown',
            since: deps.now().toISOString(),
            evidence: 'Registered, but never polled for its target',
          },
        ]),
      })
      .onConflict((conflict) => conflict.column('uuid').doNothing())
      .returning('id')
      .executeTakeFirst()
    if (!device) return null
    await trx
      .insertInto('device_event')
      .values({
        device_id: device.id,
        fleet_id: provisioning.fleet_id,
        at: deps.now(),
        kind: 'registered',
        severity: 'info',
        summary: `Registered as ${body.device_type}`,
      })
      .execute()
    const targets = await recomputeTargets(trx, { deviceIds: [device.id] }, deps.now())
    return { id: device.id, targets }
  })
  if (!created) return reply.code(409).send('"uuid" must be unique.')
  deps.publish([
    {
      kind: 'device',
      deviceId: created.id,
      uuid: body.uuid,
      fleetId: provisioning.fleet_id,
      aspects: new Set(['identity', 'connectivity', 'event']),
    },
    ...created.targets,
  ])
  return reply.code(201).send({ id: created.id, uuid: body.uuid, api_key: apiKey })
}

/** The device exchanges a lost or foreign key for its own, authorised by its fleet's provisioning key. */
async function exchangeKey(deps: RegistrationDeps, request: FastifyRequest, reply: FastifyReply) {
  const key = keyOf(request)
  const provisioning = key === null ? undefined : await useProvisioningKey(deps.db, key, deps.now())
  if (!provisioning) return reply.code(401).send('The provisioning key is unknown, revoked or expired')
  const deviceId = Number((request.params as Record<string, string>)['deviceId'])
  const body = z.object({ apiKey: z.string().min(1).max(255) }).safeParse(request.body)
  if (!Number.isSafeInteger(deviceId) || !body.success)
    return reply.code(400).send('apiKey: must be a text of 1 to 255 characters')
  const device = await deps.db
    .updateTable('device')
    .set({ key_hash: hashSecret(body.data.apiKey) })
    .where('id', '=', deviceId)
    .where('fleet_id', '=', provisioning.fleet_id)
    .where('deleted_at', 'is', null)
    .returning('uuid')
    .executeTakeFirst()
  if (!device) return reply.code(401).send('There is no such device in the fleet of this key')
  deps.directory.forget(device.uuid)
  return reply.code(200).type('application/json').send(JSON.stringify(body.data.apiKey))
}

const byUuid = /^uuid\s+eq\s+'([0-9a-f]{32,62})'$/

/** Row 3: `GET /v7/device?$select=id&$filter=uuid eq '…'`, with the device's own key or its fleet's provisioning key. */
async function findDevice(deps: RegistrationDeps, request: FastifyRequest, reply: FastifyReply) {
  const key = keyOf(request)
  if (key === null) return reply.code(401).send('A key is needed')
  const uuid = byUuid.exec(String((request.query as Record<string, unknown>)['$filter'] ?? '').trim())?.[1]
  if (uuid === undefined) return reply.code(400).send('$filter: only "uuid eq \'<uuid>\'" is understood')
  const own = await deps.directory.authenticate(uuid, key)
  if (own) return { d: [{ id: own.deviceId }] }
  const provisioning = await useProvisioningKey(deps.db, key, deps.now())
  if (!provisioning) return reply.code(401).send('The key is unknown')
  const device = await deps.directory.find(uuid)
  return { d: device && device.fleetId === provisioning.fleet_id ? [{ id: device.deviceId }] : [] }
}

/** Row 4: what a device keeps of its former configuration when it first meets this gateway. */
async function addConfigVariable(deps: RegistrationDeps, request: FastifyRequest, reply: FastifyReply) {
  const key = keyOf(request)
  const device = key === null ? null : await deps.directory.byKey(key)
  if (!device) return reply.code(401).send('A device key is needed')
  const body = z
    .object({
      device: z.coerce.number(),
      name: z
        .string()
        .max(255)
        .regex(/^[A-Za-z_][A-Za-z0-9_:]*$/),
      value: z.string().max(64_000),
    })
    .safeParse(request.body)
  if (!body.success)
    return reply
      .code(400)
      .send(body.error.issues.map((issue) => `${issue.path.join('.')}: ${issue.message}`).join('; '))
  if (body.data.device !== device.deviceId)
    return reply.code(401).send('device: is not the device of this key')
  const row = await sql<{ id: number }>`
    insert into variable (kind, fleet_id, device_id, name, value) values ('configuration', ${device.fleetId}, ${device.deviceId}, ${body.data.name}, ${body.data.value})
    on conflict (kind, fleet_id, coalesce(device_id, 0), coalesce(service_name, ''), name) do update set value = excluded.value, updated_at = now()
    returning id`.execute(deps.db)
  return reply.code(201).send({ id: row.rows[0]?.id, ...body.data })
}

/** Row 5: the device names itself or pins itself to a preloaded release. */
async function patchDevice(deps: RegistrationDeps, request: FastifyRequest, reply: FastifyReply) {
  const key = keyOf(request)
  const device = key === null ? null : await deps.directory.byKey(key)
  const deviceId = Number(/^\/v7\/device\((\d+)\)/.exec(request.url)?.[1])
  if (!device || device.deviceId !== deviceId)
    return reply.code(401).send('Only the device itself may do this')
  const body = z
    .object({
      device_name: z
        .string()
        .min(1)
        .max(255)
        .regex(/^[^\r\n]*$/)
        .optional(),
      is_pinned_on__release: z.number().int().nullable().optional(),
    })
    .safeParse(request.body)
  if (!body.success)
    return reply
      .code(400)
      .send(body.error.issues.map((issue) => `${issue.path.join('.')}: ${issue.message}`).join('; '))
  const { device_name: name, is_pinned_on__release: pin } = body.data
  const changes = await deps.db.transaction().execute(async (trx) => {
    if (name !== undefined)
      await trx
        .updateTable('device')
        .set({ name, revision: sql`revision + 1` })
        .where('id', '=', deviceId)
        .execute()
    if (pin === undefined) return []
    const release =
      pin === null
        ? null
        : await trx
            .selectFrom('release')
            .select('id')
            .where('id', '=', pin)
            .where('fleet_id', '=', device.fleetId)
            .executeTakeFirst()
    if (release === undefined) return null
    await trx.updateTable('device').set({ pinned_release_id: pin }).where('id', '=', deviceId).execute()
    return recomputeTargets(trx, { deviceIds: [deviceId] }, deps.now())
  })
  if (changes === null) return reply.code(400).send('is_pinned_on__release: is not a release of this fleet')
  deps.publish([
    ...changes,
    { kind: 'device', deviceId, uuid: device.uuid, fleetId: device.fleetId, aspects: new Set(['identity']) },
  ])
  return reply.code(200).send()
}

/** Registration, key exchange and the few OData calls a supervisor makes (device-protocol section 1, rows 1-5, 16). */
export function registerRegistration(app: FastifyInstance, deps: RegistrationDeps): void {
  app.post(deviceApiPaths.register, (request, reply) => register(deps, request, reply))
  app.post(deviceApiPaths.keyExchange, (request, reply) => exchangeKey(deps, request, reply))
  app.get(deviceApiPaths.deviceResource, (request, reply) => findDevice(deps, request, reply))
  app.post(deviceApiPaths.deviceConfigVariable, (request, reply) => addConfigVariable(deps, request, reply))
  // OData keys stand in parentheses, which a path parameter cannot express.
  app.patch('/v7/device*', (request, reply) => patchDevice(deps, request, reply))
  app.get(deviceApiPaths.connectivityCheck, (_request, reply) => reply.code(204).send())
}
