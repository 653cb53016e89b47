import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify'
import { sql } from 'kysely'
import { z } from 'zod'
import { deviceApiPaths } from '#contract/device-protocol'
import { recomputeTargets } from '../../platform/device-target.ts'
import { keyOf, useProvisioningKey, type KnownDevice } from './device-auth.ts'
import { refuse } from './device-refusal.ts'
import { storable } from '../../platform/db/storable-text.ts'
import type { RegistrationDeps } from './registration.routes.ts'

const filterOf = (request: FastifyRequest) => {
  const filter = (request.query as Record<string, unknown>)['$filter']
  return typeof filter === 'string' ? filter.replace(/[()]/g, ' ').trim() : ''
}
const byUuid = /^uuid\s+eq\s+'([0-9a-f]{32,62})'$/
const byDevice = /^device\s+eq\s+(\d{1,15})$/
const byCommit = /^commit\s+eq\s+'([^']{1,100})'(\s+and\s+status\s+eq\s+'success')?$/

/** The device of the key that a call without a uuid brought. */
async function callerOf(deps: RegistrationDeps, request: FastifyRequest): Promise<KnownDevice | null> {
  const key = keyOf(request)
  return key === null ? null : deps.directory.byKey(key)
}

/** Row 3: `GET /v7/device?$select=id&$filter=uuid eq '…'`, with the device's own key or its fleet's provisioning key. */
async function findDevice(deps: RegistrationDeps, request: FastifyRequest, reply: FastifyReply) {
  const key = keyOf(request)
  if (key === null) return reply.code(401).send('A key is needed')
  const uuid = byUuid.exec(filterOf(request))?.[1]
  if (uuid === undefined) return reply.code(400).send('$filter: only "uuid eq \'<uuid>\'" is understood')
  const own = await deps.directory.authenticateNow(uuid, key)
  if (own) return { d: [{ id: own.deviceId }] }
  const provisioning = await useProvisioningKey(deps.db, key, deps.now())
  if (!provisioning) return reply.code(401).send('The key is unknown')
  const device = await deps.directory.find(uuid)
  return { d: device && device.fleetId === provisioning.fleet_id ? [{ id: device.deviceId }] : [] }
}

/** `GET /v7/device_tag?$filter=device eq <id>`: the tags of the device itself, what it told of itself included. */
async function readTags(deps: RegistrationDeps, request: FastifyRequest, reply: FastifyReply) {
  const device = await callerOf(deps, request)
  if (!device) return reply.code(401).send('A device key is needed')
  const id = byDevice.exec(filterOf(request))?.[1]
  if (id === undefined) return reply.code(400).send('$filter: only "device eq <id>" is understood')
  if (Number(id) !== device.deviceId) return { d: [] }
  const row = await deps.db
    .selectFrom('device')
    .select(['tags', 'device_facts'])
    .where('id', '=', device.deviceId)
    .executeTakeFirst()
  const tags = Object.entries({ ...row?.device_facts, ...row?.tags })
  return { d: tags.map(([tag_key, value], index) => ({ id: index + 1, tag_key, value })) }
}

/** `GET /v7/release?$filter=commit eq '…'`: a preloaded device looks up the release it is to be pinned on. */
async function findRelease(deps: RegistrationDeps, request: FastifyRequest, reply: FastifyReply) {
  const device = await callerOf(deps, request)
  if (!device) return reply.code(401).send('A device key is needed')
  const commit = byCommit.exec(filterOf(request).replace(/\s+/g, ' '))?.[1]
  if (commit === undefined)
    return reply.code(400).send('$filter: only "commit eq \'<commit>\'" is understood')
  const rows = await deps.db
    .selectFrom('release')
    .select('id')
    .where('fleet_id', '=', device.fleetId)
    .where('commit', '=', storable(commit))
    .where('status', '<>', 'failed')
    .execute()
  return { d: rows }
}

const configVariable = z.object({
  device: z.coerce.number(),
  name: z
    .string()
    .max(255)
    .regex(/^[A-Za-z_][A-Za-z0-9_:]*$/, 'must be a name of letters, digits and underscores'),
  value: z.string().max(64_000),
})

/** Row 4: what a device keeps of its former configuration when it first meets this gateway. */
async function addConfigVariable(deps: RegistrationDeps, request: FastifyRequest, reply: FastifyReply) {
  const device = await callerOf(deps, request)
  if (!device) return reply.code(401).send('A device key is needed')
  const parsed = configVariable.safeParse(request.body)
  if (!parsed.success) return refuse(reply, parsed.error)
  const body = storable(parsed.data)
  if (body.device !== device.deviceId) return reply.code(401).send('device: is not the device of this key')
  const row = await sql<{ id: number }>`
    insert into variable (kind, fleet_id, device_id, name, value) values ('configuration', ${device.fleetId}, ${device.deviceId}, ${body.name}, ${body.value})
    on conflict (kind, fleet_id, coalesce(device_id, 0), coalesce(service_name, ''), name) do update set value = excluded.value, updated_at = now()
    returning id`.execute(deps.db)
  return reply.code(201).send({ id: row.rows[0]?.id, ...body })
}

const devicePatch = z.object({
  device_name: z
    .string()
    .min(1)
    .max(255)
    .regex(/^[^\r\n]*$/, 'must be one line')
    .optional(),
  is_pinned_on__release: z.number().int().nullable().optional(),
})

/** Row 5: the device names itself or pins itself to a preloaded release. */
async function patchDevice(deps: RegistrationDeps, request: FastifyRequest, reply: FastifyReply) {
  const device = await callerOf(deps, request)
  const asked = (request.params as Record<string, string>)['*'] ?? ''
  if (!device || Number(/^\((\d+)\)$/.exec(asked)?.[1]) !== device.deviceId)
    return reply.code(401).send('Only the device itself may do this')
  const { deviceId, fleetId, uuid } = device
  const parsed = devicePatch.safeParse(request.body)
  if (!parsed.success) return refuse(reply, parsed.error)
  const { device_name: name, is_pinned_on__release: pin } = storable(parsed.data)
  const changes = await deps.db.transaction().execute(async (trx) => {
    if (pin !== undefined && pin !== null) {
      const release = await trx
        .selectFrom('release')
        .select('id')
        .where('id', '=', pin)
        .where('fleet_id', '=', fleetId)
        .executeTakeFirst()
      if (!release) return null
    }
    const set = {
      ...(name === undefined ? {} : { name }),
      ...(pin === undefined ? {} : { pinned_release_id: pin }),
      revision: sql<number>`revision + 1`,
    }
    await trx.updateTable('device').set(set).where('id', '=', deviceId).execute()
    return pin === undefined ? [] : recomputeTargets(trx, { deviceIds: [deviceId] }, deps.now())
  })
  if (changes === null) return reply.code(400).send('is_pinned_on__release: is not a release of this fleet')
  deps.publish([...changes, { kind: 'device', deviceId, uuid, fleetId, aspects: new Set(['identity']) }])
  return reply.code(200).send()
}

/** The few OData calls a supervisor makes (device-protocol section 1, rows 3-5). */
export function registerOdata(app: FastifyInstance, deps: RegistrationDeps): void {
  app.get(deviceApiPaths.deviceResource, (request, reply) => findDevice(deps, request, reply))
  app.get(deviceApiPaths.deviceTags, (request, reply) => readTags(deps, request, reply))
  app.get(deviceApiPaths.releaseResource, (request, reply) => findRelease(deps, request, reply))
  app.post(deviceApiPaths.deviceConfigVariable, (request, reply) => addConfigVariable(deps, request, reply))
  // OData keys stand in parentheses, which a path parameter cannot express.
  app.patch(`${deviceApiPaths.deviceResource}*`, (request, reply) => patchDevice(deps, request, reply))
}
