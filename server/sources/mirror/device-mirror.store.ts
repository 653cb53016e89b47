import { isDeepStrictEqual } from 'node:util'
import { sql, type Transaction } from 'kysely'
import type { Change } from '../../platform/changes.ts'
import type { Schema } from '../../platform/db/schema.ts'
import { storable } from '../../platform/db/storable-text.ts'
import { lockDevices, recomputeTargets } from '../../platform/device-target.ts'
import type { SourceDevice } from '../fleet-source.ts'
import { storeDeviceType } from './catalogue-mirror.store.ts'
import type { Heard } from './mirror-deps.ts'
import {
  factsOf,
  fingerprintOf,
  labelsOf,
  nameOf,
  type Known,
  type Place,
  type Read,
} from './mirrored-device.rules.ts'
import { addDevices } from './new-devices.store.ts'

type Trx = Transaction<Schema>

async function readPlaces(trx: Trx, devices: readonly SourceDevice[]): Promise<Map<string, Place>> {
  const uuids = [...new Set(devices.map(({ fleetUuid }) => fleetUuid))]
  const { rows } = await sql<{ uuid: string; id: number; releases: [string, number, string][] | null }>`
    select f.uuid, f.id, (select jsonb_agg(jsonb_build_array(r.commit, r.id, r.semver)) from release r where r.fleet_id = f.id) as releases
    from fleet f join source_fleet sf on sf.fleet_id = f.id where f.uuid = any(${uuids}::text[])`.execute(trx)
  return new Map(
    rows.map((row) => [
      row.uuid,
      {
        fleetId: row.id,
        releases: new Map((row.releases ?? []).map(([commit, id, semver]) => [commit, { id, semver }])),
      },
    ]),
  )
}

async function readKnown(trx: Trx, uuids: readonly string[]): Promise<Map<string, Known>> {
  const { rows } = await sql<Known>`
    select d.id, d.uuid, d.fleet_id, d.name, d.device_type, d.tags, sd.pin_release_id, sd.fingerprint
    from device d join source_device sd on sd.device_id = d.id where d.uuid = any(${[...uuids]}::text[])`.execute(
    trx,
  )
  return new Map(rows.map((row) => [row.uuid, row]))
}

async function addEvent(
  trx: Trx,
  now: Date,
  event: { deviceId: number; fleetId: number; kind: 'target' | 'move'; summary: string },
): Promise<void> {
  await trx
    .insertInto('device_event')
    .values({
      device_id: event.deviceId,
      fleet_id: event.fleetId,
      at: now,
      kind: event.kind,
      severity: 'info',
      summary: event.summary,
    })
    .execute()
}

/**
 * The pin of a device was changed by other means since it was last seen there: it becomes its own pin here, and what a
 * rollout gave it ends, since that was a pin too. `how`: for its event, as `by other means`.
 */
export async function adoptPin(
  trx: Trx,
  device: { id: number; fleetId: number; pin: { id: number; semver: string } | null; how: string },
  now: Date,
): Promise<void> {
  const pinId = device.pin?.id ?? null
  await sql`
    update device set pinned_release_id = ${pinId}, assigned_release_id = null, revision = revision + 1
    where id = ${device.id}`.execute(trx)
  await trx
    .updateTable('source_device')
    .set({ pin_release_id: pinId })
    .where('device_id', '=', device.id)
    .execute()
  await addEvent(trx, now, {
    deviceId: device.id,
    fleetId: device.fleetId,
    kind: 'target',
    summary: device.pin
      ? `Pinned to ${device.pin.semver} ${device.how}`
      : `Unpinned ${device.how}; follows its fleet`,
  })
}

async function moveDevice(trx: Trx, read: Read, known: Known, sourceName: string, now: Date) {
  const { device, place } = read
  let hasTarget = false
  const hasMoved = known.fleet_id !== place.fleetId
  const labels = labelsOf(device)
  const isRenamed =
    hasMoved ||
    known.name !== nameOf(device) ||
    known.device_type !== device.deviceType.slug ||
    !isDeepStrictEqual(known.tags, labels)
  if (isRenamed) {
    await storeDeviceType(trx, device.deviceType)
    await sql`
      update device set name = ${nameOf(device)}, device_type = ${device.deviceType.slug}, fleet_id = ${place.fleetId},
        tags = ${JSON.stringify(labels)}::jsonb, revision = revision + 1
      where id = ${known.id}`.execute(trx)
  }
  if (hasMoved) {
    await sql`update device set assigned_release_id = null, joined_at = ${now} where id = ${known.id}`.execute(
      trx,
    )
    await addEvent(trx, now, {
      deviceId: known.id,
      fleetId: place.fleetId,
      kind: 'move',
      summary: `Moved to this fleet, at ${sourceName}`,
    })
    hasTarget = true
  }
  const pin = device.pin === null ? null : place.releases.get(device.pin)
  // Pinned to a release that was not read yet: the next round sees both.
  if (pin !== undefined && (pin?.id ?? null) !== known.pin_release_id) {
    await adoptPin(
      trx,
      { id: known.id, fleetId: place.fleetId, pin, how: `by other means, at ${sourceName}` },
      now,
    )
    hasTarget = true
  }
  return { hasTarget, isRenamed, fingerprint: pin === undefined ? '' : read.fingerprint }
}

async function keepFingerprints(trx: Trx, kept: ReadonlyMap<number, string>): Promise<void> {
  if (kept.size === 0) return
  await sql`
    update source_device set fingerprint = kept.fingerprint
    from unnest(${[...kept.keys()]}::bigint[], ${[...kept.values()]}::text[]) as kept (device_id, fingerprint)
    where source_device.device_id = kept.device_id`.execute(trx)
}

/**
 * Stores devices as their source has them: new ones, other names, fleets, tags and pins. Answers what changed, to publish after
 * the commit, what they say of themselves, to be heard after it, and who is new here or may have another target (`moved`). What
 * is as it was read before is passed over.
 */
export async function storeDevices(
  trx: Trx,
  devices: readonly SourceDevice[],
  sourceName: string,
  now: Date,
): Promise<{ changes: Change[]; heard: Heard[]; moved: number[] }> {
  const places = await readPlaces(trx, devices)
  const before = await readKnown(
    trx,
    devices.map(({ uuid }) => uuid),
  )
  const reads = devices.flatMap((device): Read[] => {
    const place = places.get(device.fleetUuid)
    const known = before.get(device.uuid) ?? null
    const fingerprint = fingerprintOf(device)
    return place && known?.fingerprint !== fingerprint ? [{ device, known, place, fingerprint }] : []
  })
  await lockDevices(
    trx,
    reads.flatMap(({ known }) => known?.id ?? []),
  )
  const changes: Change[] = []
  const heard: Heard[] = []
  const moved: number[] = []
  const added = await addDevices(
    trx,
    reads.filter(({ known }) => known === null),
    now,
  )
  const fingerprints = new Map<number, string>()
  for (const read of reads) {
    const { device, known, place } = read
    const deviceId = known?.id ?? added.get(device.uuid)
    if (deviceId === undefined) continue
    const step = known && (await moveDevice(trx, read, known, sourceName, now))
    if (step) fingerprints.set(deviceId, step.fingerprint)
    if (!step || step.hasTarget) moved.push(deviceId)
    if (!step || step.hasTarget || step.isRenamed)
      changes.push({
        kind: 'device',
        deviceId,
        uuid: device.uuid,
        fleetId: place.fleetId,
        aspects: new Set(['identity', 'event']),
      })
    heard.push(...heardOf(device, deviceId))
  }
  await keepFingerprints(trx, fingerprints)
  changes.push(...(await recomputeTargets(trx, { deviceIds: moved }, now)))
  return { changes, heard, moved }
}

/** How it is doing comes last: when it was heard is what the source says, not when we read it. */
function heardOf(device: SourceDevice, deviceId: number): Heard[] {
  const facts = factsOf(device)
  return [
    ...(device.connectivity === 'never'
      ? []
      : [{ kind: 'report' as const, deviceId, report: storable(device.report) }]),
    ...(Object.keys(facts).length === 0 ? [] : [{ kind: 'tags' as const, deviceId, tags: facts }]),
    {
      kind: 'heartbeat',
      deviceId,
      connectivity: device.connectivity,
      changedAtMs: device.connectivityChangedAt?.getTime() ?? null,
      publicAddress: device.publicAddress,
    },
  ]
}

/** The devices that are mirrored, by uuid. */
export async function readMirrored(
  trx: Trx,
): Promise<Map<string, { deviceId: number; uuid: string; fleetId: number }>> {
  const { rows } = await sql<{ deviceId: number; uuid: string; fleetId: number }>`
    select d.id as "deviceId", d.uuid, d.fleet_id as "fleetId"
    from source_device sd join device d on d.id = sd.device_id`.execute(trx)
  return new Map(rows.map((row) => [row.uuid, row]))
}

export async function removeDevice(trx: Trx, deviceId: number): Promise<void> {
  await trx.deleteFrom('device').where('id', '=', deviceId).execute()
  await trx.deleteFrom('log_line').where('device_id', '=', deviceId).execute()
}
