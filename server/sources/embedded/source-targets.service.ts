import { sql, type Kysely, type Transaction } from 'kysely'
import type { Change } from '../../platform/changes.ts'
import type { Schema } from '../../platform/db/schema.ts'
import {
  latestRelease,
  lockDevices,
  recomputeTargets,
  releaseAssignments,
  releaseFits,
} from '../../platform/device-target.ts'
import type { FleetTarget, PinOutcome, PinRequest } from '../fleet-source.ts'
import { SourceFailure } from '../source-failure.ts'

export type TargetDeps = {
  db: Kysely<Schema>
  now: () => Date
  publish: (changes: readonly Change[]) => void
}
type Trx = Transaction<Schema>
type PinnedDevice = {
  id: number
  uuid: string
  name: string
  fleetId: number
  fleetUuid: string
  deviceType: string
  pin: string | null
}
/** `fits`: its device can run it, and it did not fail. */
type Release = { id: number; semver: string; fits: boolean }

const readPinned = async (trx: Trx, ids: readonly number[]): Promise<PinnedDevice[]> =>
  (
    await sql<PinnedDevice>`
      select d.id, d.uuid, d.name, d.fleet_id as "fleetId", f.uuid as "fleetUuid", d.device_type as "deviceType", r.commit as pin
      from device d join fleet f on f.id = d.fleet_id left join release r on r.id = d.pinned_release_id where d.id = any(${[...ids]}::bigint[])
      order by d.id`.execute(trx)
  ).rows

async function releaseFor(trx: Trx, device: PinnedDevice, commit: string): Promise<Release> {
  const { rows } = await sql<Release>`
    select r.id, r.semver, ${releaseFits(sql`r.id`, sql`${device.deviceType}`)} as fits
    from release r where r.fleet_id = ${device.fleetId} and r.commit = ${commit}`.execute(trx)
  const [release] = rows
  if (!release)
    throw new SourceFailure(
      'unexpected',
      `The fleet of ${device.name} has no release with the commit ${commit}.`,
    )
  return release
}

async function setPin(trx: Trx, device: PinnedDevice, release: Release | null, now: Date): Promise<void> {
  await trx
    .updateTable('device')
    .set({ pinned_release_id: release?.id ?? null, revision: sql`revision + 1` })
    .where('id', '=', device.id)
    .execute()
  await trx
    .insertInto('device_event')
    .values({
      device_id: device.id,
      fleet_id: device.fleetId,
      at: now,
      kind: 'target',
      summary: release === null ? 'Unpinned: follows its fleet' : `Pinned to ${release.semver}`,
    })
    .execute()
}

/** Sets all pins that are as expected, or none where one names a release that there is not. */
export async function pinDevices(
  { db, now, publish }: TargetDeps,
  pins: readonly PinRequest[],
): Promise<PinOutcome[]> {
  const requests = new Map(pins.map((pin) => [pin.uuid, pin]))
  const at = now()
  const { outcomes, changes } = await db.transaction().execute(async (trx) => {
    const found = await trx
      .selectFrom('device')
      .select('id')
      .where(sql<boolean>`uuid = any(${[...requests.keys()]}::text[])`)
      .where('deleted_at', 'is', null)
      .execute()
    const ids = found.map((row) => row.id)
    await lockDevices(trx, ids)
    const outcomes: PinOutcome[] = []
    const moved: PinnedDevice[] = []
    for (const device of await readPinned(trx, ids)) {
      const request = requests.get(device.uuid)
      // One that was moved meanwhile has no releases of the fleet that is meant.
      const isMeant = request?.fleetUuid === device.fleetUuid && request.expected === device.pin
      const { uuid, pin } = device
      if (!isMeant || request.commit === pin) {
        outcomes.push({ uuid, pin, refusal: null })
        continue
      }
      const release = request.commit === null ? null : await releaseFor(trx, device, request.commit)
      if (release?.fits === false) {
        outcomes.push({ uuid, pin, refusal: `${release.semver} cannot be offered to ${device.name}` })
        continue
      }
      await setPin(trx, device, release, at)
      outcomes.push({ uuid, pin: request.commit, refusal: null })
      moved.push(device)
    }
    const movedIds = moved.map(({ id }) => id)
    await releaseAssignments(trx, {
      deviceIds: moved.filter(({ uuid }) => requests.get(uuid)?.commit === null).map(({ id }) => id),
    })
    const changes = await recomputeTargets(trx, { deviceIds: movedIds }, at)
    return { outcomes, changes: [...changes, ...moved.map(pinnedChange)] }
  })
  publish(changes)
  return outcomes
}

const pinnedChange = ({ id, uuid, fleetId }: PinnedDevice): Change => ({
  kind: 'device',
  deviceId: id,
  uuid,
  fleetId,
  aspects: new Set(['identity', 'event']),
})

/** What a fleet that tracks the latest runs is worked out here, whatever the commit says. */
export async function setFleetTarget(
  { db, now, publish }: TargetDeps,
  fleetUuid: string,
  target: FleetTarget,
): Promise<void> {
  const changes = await db.transaction().execute(async (trx): Promise<Change[]> => {
    const fleet = await trx
      .selectFrom('fleet')
      .select(['id', 'name'])
      .where('uuid', '=', fleetUuid)
      .forUpdate()
      .executeTakeFirst()
    if (!fleet) throw new SourceFailure('unexpected', `There is no fleet with the uuid ${fleetUuid}.`)
    const releaseId =
      target.kind === 'track-latest'
        ? await latestRelease(trx, fleet.id)
        : await pinnableRelease(trx, fleet, target.commit)
    await trx
      .updateTable('fleet')
      .set({ policy: target.kind, target_release_id: releaseId })
      .where('id', '=', fleet.id)
      .execute()
    await releaseAssignments(trx, { fleetId: fleet.id })
    const moved = await recomputeTargets(trx, { fleetId: fleet.id }, now())
    return [...moved, { kind: 'fleet', fleetId: fleet.id }]
  })
  publish(changes)
}

async function pinnableRelease(
  trx: Trx,
  fleet: { id: number; name: string },
  commit: string | null,
): Promise<number> {
  if (commit === null)
    throw new SourceFailure('unexpected', `The fleet ${fleet.name} must be pinned to a release, not to none.`)
  const release = await trx
    .selectFrom('release')
    .select(['id', 'status', 'semver'])
    .where('fleet_id', '=', fleet.id)
    .where('commit', '=', commit)
    .executeTakeFirst()
  if (!release)
    throw new SourceFailure('unexpected', `The fleet ${fleet.name} has no release with the commit ${commit}.`)
  if (release.status === 'failed')
    throw new SourceFailure('unexpected', `The release ${release.semver} failed; it is never offered.`)
  return release.id
}
