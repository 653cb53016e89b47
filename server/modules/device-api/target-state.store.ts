import { createHash } from 'node:crypto'
import { sql, type Kysely } from 'kysely'
import { GroupCommit } from '../../platform/db/group-commit.ts'
import type { Schema } from '../../platform/db/schema.ts'
import type { TargetSource } from './target-state.ts'

const MAX_GROUP = 200

const asRecord = (value: unknown): Record<string, unknown> =>
  typeof value === 'object' && value !== null ? (value as Record<string, unknown>) : {}

export type TargetReader = (deviceId: number) => Promise<TargetSource | null>

/**
 * Reads what the target of a device is built from; null when the device is gone. Devices that poll at the same time
 * are read together, so that a whole fleet coming back costs few queries; too many at once reject with Overloaded.
 */
export function makeTargetReader(
  db: Kysely<Schema>,
  options: { minimumPollIntervalMs: number; maxQueued: number },
): TargetReader {
  const reads = new GroupCommit<number, TargetSource | null>({
    name: 'target reads',
    write: (deviceIds) => readTargetSources(db, deviceIds, options.minimumPollIntervalMs),
    maxGroup: MAX_GROUP,
    maxQueued: options.maxQueued,
  })
  return (deviceId) => reads.submit(deviceId)
}

/** One source for each id, in their order. */
export async function readTargetSources(
  db: Kysely<Schema>,
  deviceIds: readonly number[],
  minimumPollIntervalMs: number,
): Promise<(TargetSource | null)[]> {
  const devices = await db
    .selectFrom('device as d')
    .innerJoin('fleet as f', 'f.id', 'd.fleet_id')
    .select([
      'd.id',
      'd.uuid',
      'd.key_hash',
      'd.name',
      'd.os_version',
      'd.target_os_version',
      'd.device_type',
      'd.target_release_id',
      'd.lock_overridden_until',
      'f.id as fleet_id',
      'f.uuid as fleet_uuid',
      'f.name as fleet_name',
    ])
    .where(sql<boolean>`d.id = any(${[...new Set(deviceIds)]}::bigint[])`)
    .where('d.deleted_at', 'is', null)
    .execute()
  const releases = await readReleases(db, devices)
  const variables = await readVariables(db, devices)
  const stopped = await readStopped(db, devices)
  const sources = new Map(
    devices.map((device): [number, TargetSource] => [
      device.id,
      {
        uuid: device.uuid,
        keyHash: device.key_hash,
        name: device.name,
        fleet: { id: device.fleet_id, uuid: device.fleet_uuid, name: device.fleet_name },
        release: withStopped(releases.get(device.target_release_id ?? 0), stopped.get(device.id)),
        isLockOverridden: device.lock_overridden_until !== null,
        variables: variables
          .filter((row) => row.fleet_id === device.fleet_id && [null, device.id].includes(row.device_id))
          .map((row) => ({
            kind: row.kind,
            isDevice: row.device_id !== null,
            service: row.service_name,
            name: row.name,
            value: row.value,
          })),
        hostOs: hostOsOf(device.device_type, device.os_version, device.target_os_version),
        minimumPollIntervalMs,
      },
    ]),
  )
  return deviceIds.map((id) => sources.get(id) ?? null)
}

type Release = NonNullable<TargetSource['release']>

/** Services that are not to run, by device. */
async function readStopped(db: Kysely<Schema>, devices: readonly { id: number }[]) {
  const stopped = new Map<number, Set<string>>()
  if (devices.length === 0) return stopped
  const ids = devices.map((device) => device.id)
  const rows = await db
    .selectFrom('device_stopped_service')
    .select(['device_id', 'service_name'])
    .where(sql<boolean>`device_id = any(${ids}::bigint[])`)
    .execute()
  for (const row of rows)
    stopped.set(row.device_id, (stopped.get(row.device_id) ?? new Set()).add(row.service_name))
  return stopped
}

function withStopped(release: Release | undefined, stopped: ReadonlySet<string> | undefined): Release | null {
  if (!release || !stopped) return release ?? null
  const services = release.services.map((service) => ({ ...service, isStopped: stopped.has(service.name) }))
  return { ...release, services }
}

async function readReleases(db: Kysely<Schema>, devices: readonly { target_release_id: number | null }[]) {
  const ids = [...new Set(devices.flatMap((device) => device.target_release_id ?? []))]
  const releases = new Map<number, NonNullable<TargetSource['release']>>()
  if (ids.length === 0) return releases
  const rows = await db
    .selectFrom('release')
    .select(['id', 'commit', 'composition'])
    .where('id', 'in', ids)
    .execute()
  for (const row of rows) {
    releases.set(row.id, {
      id: row.id,
      commit: row.commit,
      networks: asRecord(asRecord(row.composition)['networks']),
      volumes: asRecord(asRecord(row.composition)['volumes']),
      services: [],
    })
  }
  const images = await db
    .selectFrom('release_image as i')
    .innerJoin('service as s', 's.id', 'i.service_id')
    .select(['i.id', 'i.release_id', 'i.image', 'i.labels', 'i.environment', 'i.composition'])
    .select(['s.id as service_id', 's.name'])
    .where('i.release_id', 'in', ids)
    .execute()
  for (const image of images) {
    releases.get(image.release_id)?.services.push({
      isStopped: false,
      serviceId: image.service_id,
      imageId: image.id,
      name: image.name,
      image: image.image,
      environment: image.environment,
      labels: image.labels,
      composition: image.composition,
    })
  }
  return releases
}

/** Variables of the fleets and of the devices themselves, oldest first. */
async function readVariables(db: Kysely<Schema>, devices: readonly { id: number; fleet_id: number }[]) {
  if (devices.length === 0) return []
  return db
    .selectFrom('variable')
    .selectAll()
    .where('fleet_id', 'in', [...new Set(devices.map((device) => device.fleet_id))])
    .where((eb) =>
      eb.or([
        eb('device_id', 'is', null),
        sql<boolean>`device_id = any(${devices.map((device) => device.id)}::bigint[])`,
      ]),
    )
    .orderBy('id')
    .execute()
}

const digest = (text: string) => createHash('sha256').update(text).digest('hex').slice(0, 32)
const versionIn = (osVersion: string) => /\d+\.\d+\.\d+\S*/.exec(osVersion)?.[0] ?? osVersion

/** The host OS a device is to take, or null when it has it or none was asked for. */
function hostOsOf(deviceType: string, current: string | null, target: string | null): TargetSource['hostOs'] {
  if (target === null || (current !== null && versionIn(current) === versionIn(target))) return null
  return {
    fleetUuid: digest(`host/${deviceType}`),
    version: target,
    commit: digest(`host/${deviceType}/${target}`),
  }
}
