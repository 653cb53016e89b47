import { randomBytes } from 'node:crypto'
import type { Kysely } from 'kysely'
import type { Schema } from '../platform/db/schema.ts'
import { hashSecret, makeSecret } from '../platform/secrets.ts'

const hex = (bytes: number) => randomBytes(bytes).toString('hex')

export const seedUuid = () => hex(16)

/** A fleet with a provisioning key, straight into the store. */
export async function seedFleet(db: Kysely<Schema>, deviceType = 'raspberrypi4-64') {
  const uuid = seedUuid()
  const fleet = await db
    .insertInto('fleet')
    .values({ uuid, name: `fleet ${uuid.slice(0, 8)}`, device_type: deviceType })
    .returning('id')
    .executeTakeFirstOrThrow()
  const provisioningKey = makeSecret('')
  await db
    .insertInto('provisioning_key')
    .values({ fleet_id: fleet.id, name: 'test', key_hash: hashSecret(provisioningKey), created_by: 'test' })
    .execute()
  return { fleetId: fleet.id, fleetUuid: uuid, provisioningKey, deviceType }
}
export type SeededFleet = Awaited<ReturnType<typeof seedFleet>>

type SeededService = {
  image?: string
  labels?: Record<string, string>
  environment?: Record<string, string>
}

/** A final release with these services; it becomes the fleet's target unless told otherwise. */
export async function seedRelease(
  db: Kysely<Schema>,
  fleetId: number,
  options: {
    semver?: string
    commit?: string
    services?: Record<string, SeededService>
    isTarget?: boolean
  } = {},
) {
  const { semver = '1.0.0', commit = hex(16), services = { main: {} }, isTarget = true } = options
  const release = await db
    .insertInto('release')
    .values({
      fleet_id: fleetId,
      commit,
      semver,
      status: 'final',
      compose_yaml: '',
      composition: JSON.stringify({ services: {}, networks: {}, volumes: { data: {} } }),
      created_by: 'test',
    })
    .returning('id')
    .executeTakeFirstOrThrow()
  const serviceIds: Record<string, number> = {}
  const images: Record<string, string> = {}
  for (const [name, service] of Object.entries(services)) {
    const row = await db
      .insertInto('service')
      .values({ fleet_id: fleetId, name })
      .onConflict((conflict) => conflict.columns(['fleet_id', 'name']).doUpdateSet({ name }))
      .returning('id')
      .executeTakeFirstOrThrow()
    const image = service.image ?? `registry.example/${name}@sha256:${hex(32)}`
    await db
      .insertInto('release_image')
      .values({
        release_id: release.id,
        service_id: row.id,
        image,
        update_strategy: 'download-then-kill',
        labels: JSON.stringify(service.labels ?? {}),
        environment: JSON.stringify(service.environment ?? {}),
        composition: JSON.stringify({ restart: 'always' }),
      })
      .execute()
    serviceIds[name] = row.id
    images[name] = image
  }
  if (isTarget)
    await db.updateTable('fleet').set({ target_release_id: release.id }).where('id', '=', fleetId).execute()
  return { releaseId: release.id, commit, semver, serviceIds, images }
}
export type SeededRelease = Awaited<ReturnType<typeof seedRelease>>

/** A registered device, straight into the store, that should run its fleet's target. */
export async function seedDevice(
  db: Kysely<Schema>,
  fleet: SeededFleet,
  more: { targetReleaseId?: number } = {},
) {
  const uuid = seedUuid()
  const key = hex(16)
  const device = await db
    .insertInto('device')
    .values({
      uuid,
      fleet_id: fleet.fleetId,
      device_type: fleet.deviceType,
      name: `device ${uuid.slice(0, 8)}`,
      key_hash: hashSecret(key),
      target_release_id: more.targetReleaseId ?? null,
    })
    .returning('id')
    .executeTakeFirstOrThrow()
  return { deviceId: device.id, uuid, key, fleetId: fleet.fleetId, fleetUuid: fleet.fleetUuid }
}
export type SeededDevice = Awaited<ReturnType<typeof seedDevice>>
