import type { Transaction } from 'kysely'
import type { Schema } from '../../platform/db/schema.ts'
import { storeDeviceType } from './catalogue-mirror.store.ts'
import { factsOf, labelsOf, nameOf, type Read } from './mirrored-device.rules.ts'

type Trx = Transaction<Schema>

/** Adds devices as they are there; answers their ids by uuid. Their keys are nobody's: they speak to their own backend. */
export async function addDevices(trx: Trx, reads: readonly Read[], now: Date): Promise<Map<string, number>> {
  if (reads.length === 0) return new Map()
  const types = new Map(reads.map(({ device: { deviceType } }) => [deviceType.slug, deviceType]))
  for (const type of types.values()) await storeDeviceType(trx, type)
  const added = await trx
    .insertInto('device')
    .values(reads.map(newDevice))
    .returning(['id', 'uuid', 'pinned_release_id'])
    .execute()
  const byUuid = new Map(added.map((row) => [row.uuid, row]))
  const rows = reads.flatMap((read) => {
    const row = byUuid.get(read.device.uuid)
    return row ? [{ ...read, deviceId: row.id, pinId: row.pinned_release_id }] : []
  })
  await trx
    .insertInto('source_device')
    .values(
      rows.map(({ deviceId, pinId, fingerprint }) => ({
        device_id: deviceId,
        pin_release_id: pinId,
        fingerprint,
      })),
    )
    .execute()
  await trx
    .insertInto('device_event')
    .values(
      rows.map(({ device, deviceId, place }) => ({
        device_id: deviceId,
        fleet_id: place.fleetId,
        at: device.createdAt < now ? device.createdAt : now,
        kind: 'registered' as const,
        severity: 'info' as const,
        summary: `Registered as ${device.deviceType.slug}`,
      })),
    )
    .execute()
  return new Map(added.map((row) => [row.uuid, row.id]))
}

function newDevice({ device, place }: Read) {
  const idOf = (commit: string | null | undefined) =>
    commit === null || commit === undefined ? null : (place.releases.get(commit)?.id ?? null)
  return {
    uuid: device.uuid,
    fleet_id: place.fleetId,
    device_type: device.deviceType.slug,
    name: nameOf(device),
    key_hash: `source:${device.uuid}`,
    is_asked_by_source: true,
    created_at: device.createdAt,
    joined_at: device.createdAt,
    pinned_release_id: idOf(device.pin),
    // How it is when it is looked at for the first time did not come about now.
    connectivity: device.connectivity,
    connectivity_changed_at: device.connectivityChangedAt,
    current_release_id: idOf(device.report.apps?.[device.fleetUuid]?.release_uuid),
    tags: JSON.stringify(labelsOf(device)),
    // Counters that ran before it was looked at for the first time are where counting begins.
    device_facts: JSON.stringify(factsOf(device)),
  }
}
