import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify'
import type { Kysely, Transaction } from 'kysely'
import { z } from 'zod'
import { architectureRuns } from '#contract/fleet'
import { deviceApiPaths, registerBody } from '#contract/device-protocol'
import type { Change } from '../../platform/changes.ts'
import type { Schema } from '../../platform/db/schema.ts'
import { recomputeTargets } from '../../platform/device-target.ts'
import { hashSecret, makeSecret } from '../../platform/secrets.ts'
import {
  countRegistration,
  keyOf,
  useProvisioningKey,
  type DeviceDirectory,
  type KnownDevice,
} from './device-auth.ts'
import {
  exchangeDeviceKey,
  isKeyTaken,
  offerNextKey,
  type KeyDeps,
  type KeyOwner,
} from './device-key.store.ts'
import { generateDeviceName } from './device-name.ts'
import { refuse } from './device-refusal.ts'
import { clip, clipAtSpace, storable } from '../../platform/db/storable-text.ts'

export type RegistrationDeps = KeyDeps & {
  directory: DeviceDirectory
  publish: (changes: readonly Change[]) => void
}

const NO_KEY = 'The provisioning key is unknown, revoked or expired'
const clipped = (text: string | null | undefined, length: number) => (text ? clip(text, length) : null)

/** Why a device of this type cannot join the fleet, or null when it can. */
async function misfit(db: Kysely<Schema>, deviceType: string, fleetId: number): Promise<string | null> {
  const types = await db
    .selectFrom('device_type as own')
    .innerJoin('fleet as f', (join) => join.on('f.id', '=', fleetId))
    .innerJoin('device_type as fleet_type', 'fleet_type.slug', 'f.device_type')
    .select(['own.architecture', 'fleet_type.architecture as fleet_architecture'])
    .where('own.slug', '=', deviceType)
    .executeTakeFirst()
  if (!types) return `device_type: "${deviceType}" is not a device type this gateway knows`
  const { architecture, fleet_architecture } = types
  if (
    architectureRuns(architecture, fleet_architecture) ||
    architectureRuns(fleet_architecture, architecture)
  )
    return null
  return `device_type: "${deviceType}" (${architecture}) cannot run images for this fleet (${fleet_architecture})`
}

/** Adds the device; null when its uuid or its key is taken, be it by a deleted one. */
async function addDevice(
  trx: Transaction<Schema>,
  body: z.output<typeof registerBody>,
  fleetId: number,
  keyHash: string,
  now: Date,
): Promise<number | null> {
  const neverSeen = {
    code: 'never-seen',
    layer: 'supervisor',
    severity: 'unknown',
    since: now.toISOString(),
    evidence: 'Registered, but never polled for its target',
  }
  const device = await trx
    .insertInto('device')
    .values({
      uuid: body.uuid,
      fleet_id: fleetId,
      device_type: body.device_type,
      name: generateDeviceName(body.uuid),
      key_hash: keyHash,
      created_at: now,
      joined_at: now,
      os_version: clipped(body.os_version, 70),
      os_variant: body.os_variant === 'dev' || body.os_variant === 'prod' ? body.os_variant : null,
      supervisor_version: clipped(body.supervisor_version, 20),
      mac_address: body.mac_address ? clipAtSpace(body.mac_address, 900) : null,
      health_reasons: JSON.stringify([neverSeen]),
    })
    .onConflict((conflict) => conflict.doNothing())
    .returning('id')
    .executeTakeFirst()
  if (!device) return null
  await trx
    .insertInto('device_event')
    .values({
      device_id: device.id,
      fleet_id: fleetId,
      at: now,
      kind: 'registered',
      severity: 'info',
      summary: `Registered as ${body.device_type}`,
    })
    .execute()
  return device.id
}

/** Row 1. */
async function register(deps: RegistrationDeps, request: FastifyRequest, reply: FastifyReply) {
  const key = keyOf(request)
  if (key === null) return reply.code(401).send('A provisioning key is needed')
  const provisioning = await useProvisioningKey(deps.db, key, deps.now())
  if (!provisioning) return reply.code(401).send(NO_KEY)
  const parsed = registerBody.safeParse(request.body)
  if (!parsed.success) return refuse(reply, parsed.error)
  const body = storable(parsed.data)
  const fleetId = provisioning.fleet_id
  if (body.application !== fleetId)
    return reply.code(401).send('application: this key belongs to another fleet')
  const reason = await misfit(deps.db, body.device_type, fleetId)
  if (reason !== null) return reply.code(400).send(reason)
  const apiKey = body.api_key ?? makeSecret('')
  const keyHash = hashSecret(apiKey)
  const created = await deps.db.transaction().execute(async (trx) => {
    if (await isKeyTaken(trx, keyHash, 0)) return null
    const id = await addDevice(trx, body, fleetId, keyHash, deps.now())
    if (id === null) return null
    const targets = await recomputeTargets(trx, { deviceIds: [id] }, deps.now())
    await countRegistration(trx, provisioning.id)
    return { id, targets }
  })
  if (!created) return reply.code(409).send('"uuid" must be unique.')
  deps.publish([
    {
      kind: 'device',
      deviceId: created.id,
      uuid: body.uuid,
      fleetId,
      aspects: new Set(['identity', 'connectivity', 'event']),
    },
    ...created.targets,
  ])
  return reply.code(201).send({ id: created.id, uuid: body.uuid, api_key: apiKey })
}

const exchangeBody = z.object({ apiKey: z.string().min(1).max(255) })

/** Beyond upstream: a device that was asked to rotate its key tells the new one, authorised by the one it has. */
async function rotateKey(
  deps: RegistrationDeps,
  own: KnownDevice,
  keyHash: string,
): Promise<KeyOwner | string> {
  if (own.keyHash === keyHash) return own
  return (await offerNextKey(deps, own, keyHash)) ?? 'No other key was asked of this device'
}

async function exchange(
  deps: RegistrationDeps,
  which: { deviceId: number; fleetId: number },
  keyHash: string,
): Promise<KeyOwner | string> {
  const device = await exchangeDeviceKey(deps, which, keyHash)
  if (device === 'refused')
    return 'The key of this device was revoked: an administrator must let it come back'
  return device ?? 'There is no such device in the fleet of this key'
}

/** Row 2: the device exchanges a lost or foreign key for its own, authorised by its fleet's provisioning key. */
async function exchangeKey(deps: RegistrationDeps, request: FastifyRequest, reply: FastifyReply) {
  const key = keyOf(request)
  if (key === null) return reply.code(401).send(NO_KEY)
  const provisioning = await useProvisioningKey(deps.db, key, deps.now())
  const own = provisioning ? null : await deps.directory.byKey(key)
  if (!provisioning && !own) return reply.code(401).send(NO_KEY)
  const body = exchangeBody.safeParse(request.body)
  if (!body.success) return refuse(reply, body.error)
  const deviceId = Number((request.params as Record<string, string>)['deviceId'])
  if (!Number.isSafeInteger(deviceId)) return reply.code(400).send('The id of the device is not a number')
  if (own && own.deviceId !== deviceId) return reply.code(401).send('The key is of another device')
  const keyHash = hashSecret(body.data.apiKey)
  if (await isKeyTaken(deps.db, keyHash, deviceId)) return reply.code(409).send('"apiKey" must be unique.')
  const device = provisioning
    ? await exchange(deps, { deviceId, fleetId: provisioning.fleet_id }, keyHash)
    : own && (await rotateKey(deps, own, keyHash))
  if (!device || typeof device === 'string') return reply.code(401).send(device)
  const { uuid, fleetId } = device
  deps.publish([{ kind: 'device', deviceId, uuid, fleetId, aspects: new Set(['key', 'event']) }])
  return reply.code(200).type('application/json').send(JSON.stringify(body.data.apiKey))
}

/** Registration, key exchange and connectivity check (device-protocol section 1, rows 1, 2 and 16). */
export function registerRegistration(app: FastifyInstance, deps: RegistrationDeps): void {
  app.post(deviceApiPaths.register, (request, reply) => register(deps, request, reply))
  app.post(deviceApiPaths.keyExchange, (request, reply) => exchangeKey(deps, request, reply))
  app.get(deviceApiPaths.connectivityCheck, (_request, reply) => reply.code(204).send())
}
