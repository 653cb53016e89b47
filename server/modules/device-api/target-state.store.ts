import { createHash } from 'node:crypto'
import type { Kysely } from 'kysely'
import type { Schema } from '../../platform/db/schema.ts'
import type { TargetSource } from './target-state.ts'

const asRecord = (value: unknown): Record<string, unknown> =>
  typeof value === 'object' && value !== null ? (value as Record<string, unknown>) : {}

/** Reads what the target of a device is built from; null when the device is gone. */
export async function readTargetSource(
  db: Kysely<Schema>,
  deviceId: number,
  minimumPollIntervalMs: number,
): Promise<TargetSource | null> {
  const device = await db
    .selectFrom('device as d')
    .innerJoin('fleet as f', 'f.id', 'd.fleet_id')
    .leftJoin('release as r', 'r.id', 'd.target_release_id')
    .select([
      'd.uuid',
      'd.name',
      'd.os_version',
      'd.target_os_version',
      'd.device_type',
      'f.id as fleet_id',
      'f.uuid as fleet_uuid',
      'f.name as fleet_name',
      'r.id as release_id',
      'r.commit',
      'r.composition',
    ])
    .where('d.id', '=', deviceId)
    .where('d.deleted_at', 'is', null)
    .executeTakeFirst()
  if (!device) return null
  const images =
    device.release_id === null
      ? []
      : await db
          .selectFrom('release_image as i')
          .innerJoin('service as s', 's.id', 'i.service_id')
          .select([
            'i.id',
            'i.image',
            'i.labels',
            'i.environment',
            'i.composition',
            's.id as service_id',
            's.name',
          ])
          .where('i.release_id', '=', device.release_id)
          .execute()
  const variables = await db
    .selectFrom('variable')
    .selectAll()
    .where('fleet_id', '=', device.fleet_id)
    .where((eb) => eb.or([eb('device_id', 'is', null), eb('device_id', '=', deviceId)]))
    .orderBy('id')
    .execute()
  const targetsOs =
    device.target_os_version !== null && !(device.os_version ?? '').includes(device.target_os_version)
  return {
    uuid: device.uuid,
    name: device.name,
    fleet: { id: device.fleet_id, uuid: device.fleet_uuid, name: device.fleet_name },
    release:
      device.release_id === null || device.commit === null
        ? null
        : {
            id: device.release_id,
            commit: device.commit,
            networks: asRecord(asRecord(device.composition)['networks']),
            volumes: asRecord(asRecord(device.composition)['volumes']),
            services: images.map((image) => ({
              serviceId: image.service_id,
              imageId: image.id,
              name: image.name,
              image: image.image,
              environment: image.environment,
              labels: image.labels,
              composition: image.composition,
            })),
          },
    variables: variables.map((row) => ({
      kind: row.kind,
      isDevice: row.device_id !== null,
      service: row.service_name,
      name: row.name,
      value: row.value,
    })),
    hostOs:
      targetsOs && device.target_os_version !== null
        ? hostOs(device.device_type, device.target_os_version)
        : null,
    minimumPollIntervalMs,
  }
}

function hostOs(deviceType: string, version: string) {
  const digest = (text: string) => createHash('sha256').update(text).digest('hex').slice(0, 32)
  return { fleetUuid: digest(`host/${deviceType}`), version, commit: digest(`host/${deviceType}/${version}`) }
}
