import { sql, type Transaction } from 'kysely'
import { stringify } from 'yaml'
import type { Change } from '../../platform/changes.ts'
import type { Schema } from '../../platform/db/schema.ts'
import { clip, storable } from '../../platform/db/storable-text.ts'
import { recomputeTargets } from '../../platform/device-target.ts'
import type { FleetTarget, SourceDevice, SourceFleet, SourceRelease } from '../fleet-source.ts'

type Trx = Transaction<Schema>

export async function storeDeviceType(trx: Trx, type: SourceDevice['deviceType']): Promise<void> {
  await trx
    .insertInto('device_type')
    .values({ ...type, os_versions: JSON.stringify([]) })
    .onConflict((conflict) => conflict.column('slug').doNothing())
    .execute()
}

/** Names of fleets are unique here; there, two organisations may have one of the same name. */
async function freeName(trx: Trx, fleet: SourceFleet): Promise<string> {
  const name = storable(clip(fleet.name, 80))
  const taken = await sql`
    select 1 from fleet where lower(name) = lower(${name}) and uuid <> ${fleet.uuid}`.execute(trx)
  return taken.rows.length === 0 ? name : `${name} ${fleet.uuid.slice(0, 7)}`
}

/** Stores a fleet by its uuid, with its services, and answers its id; its target follows its releases (`adoptTarget`). */
export async function storeFleet(trx: Trx, fleet: SourceFleet, now: Date): Promise<number> {
  await storeDeviceType(trx, fleet.deviceType)
  const name = await freeName(trx, fleet)
  const { id } = await trx
    .insertInto('fleet')
    .values({ uuid: fleet.uuid, name, device_type: fleet.deviceType.slug, created_at: now })
    .onConflict((conflict) =>
      conflict.column('uuid').doUpdateSet({ name, device_type: fleet.deviceType.slug }),
    )
    .returning('id')
    .executeTakeFirstOrThrow()
  await trx
    .insertInto('source_fleet')
    .values({ fleet_id: id, policy: 'track-latest', target_release_id: null })
    .onConflict((conflict) => conflict.doNothing())
    .execute()
  for (const service of fleet.services) await storeService(trx, id, service)
  return id
}

async function storeService(trx: Trx, fleetId: number, name: string): Promise<number> {
  const { id } = await trx
    .insertInto('service')
    .values({ fleet_id: fleetId, name: storable(clip(name, 255)) })
    .onConflict((conflict) =>
      conflict.columns(['fleet_id', 'name']).doUpdateSet({ name: sql<string>`excluded.name` }),
    )
    .returning('id')
    .executeTakeFirstOrThrow()
  return id
}

/**
 * What the fleet should run was changed by other means since it was last seen there: that counts here too, whatever was set here
 * meanwhile. Answers the devices whose target moved.
 */
export async function adoptTarget(
  trx: Trx,
  fleetId: number,
  target: FleetTarget,
  now: Date,
): Promise<Change[]> {
  const seen = await trx
    .selectFrom('source_fleet')
    .selectAll()
    .where('fleet_id', '=', fleetId)
    .forUpdate()
    .executeTakeFirstOrThrow()
  const release =
    target.commit === null
      ? null
      : await trx
          .selectFrom('release')
          .select('id')
          .where('fleet_id', '=', fleetId)
          .where('commit', '=', target.commit)
          .executeTakeFirst()
  // It runs a release that was not read yet; the next round sees both.
  if (release === undefined) return []
  const releaseId = release?.id ?? null
  if (seen.policy === target.kind && seen.target_release_id === releaseId) return []
  await trx
    .updateTable('source_fleet')
    .set({ policy: target.kind, target_release_id: releaseId })
    .where('fleet_id', '=', fleetId)
    .execute()
  await trx
    .updateTable('fleet')
    .set({ policy: target.kind, target_release_id: releaseId })
    .where('id', '=', fleetId)
    .execute()
  return [...(await recomputeTargets(trx, { fleetId }, now)), { kind: 'fleet', fleetId }]
}

const labelsOf = (service: unknown): Record<string, string> => {
  if (typeof service !== 'object' || service === null || !('labels' in service)) return {}
  const { labels } = service
  if (typeof labels !== 'object' || labels === null) return {}
  return Object.fromEntries(
    Object.entries(labels).flatMap(([key, value]) => (typeof value === 'string' ? [[key, value]] : [])),
  )
}
const strategyLabels = ['io.balena.update.strategy', 'io.resin.update.strategy']

/** Stores a release with its images; answers its id, or null where its fleet is not here. */
export async function storeRelease(trx: Trx, release: SourceRelease): Promise<Change | null> {
  const fleet = await trx
    .selectFrom('fleet')
    .innerJoin('source_fleet', 'source_fleet.fleet_id', 'fleet.id')
    .select('fleet.id')
    .where('uuid', '=', release.fleetUuid)
    .executeTakeFirst()
  if (!fleet) return null
  const { services = {}, ...rest } = release.composition
  const byName = typeof services === 'object' && services !== null ? { ...services } : {}
  const sizes = release.images.map((image) => image.sizeBytes)
  const moving = {
    semver: storable(clip(release.semver, 100)),
    status: release.status,
    failure_reason: release.failureReason === null ? null : storable(clip(release.failureReason, 500)),
    notes: storable(clip(release.notes, 20_000)),
    finalised_at: release.finalisedAt,
  }
  const { id } = await trx
    .insertInto('release')
    .values({
      ...moving,
      fleet_id: fleet.id,
      commit: release.commit,
      compose_yaml: storable(stringify(release.composition)),
      composition: JSON.stringify(storable(rest)),
      device_types: JSON.stringify([]),
      size_bytes: sizes.includes(null) ? null : sizes.reduce<number>((sum, size) => sum + (size ?? 0), 0),
      created_by: '',
      created_at: release.createdAt,
    })
    .onConflict((conflict) => conflict.columns(['fleet_id', 'commit']).doUpdateSet(moving))
    .returning('id')
    .executeTakeFirstOrThrow()
  for (const image of release.images) {
    const service: unknown = Reflect.get(byName, image.service)
    const labels = labelsOf(service)
    const strategy = strategyLabels.map((label) => labels[label]).find((value) => value !== undefined)
    await trx
      .insertInto('release_image')
      .values({
        release_id: id,
        service_id: await storeService(trx, fleet.id, image.service),
        image: image.image,
        digest: image.digest,
        architecture: null,
        update_strategy: strategy ?? 'download-then-kill',
        labels: JSON.stringify(storable(labels)),
        environment: JSON.stringify({}),
        composition: JSON.stringify(storable(service ?? {})),
        size_bytes: image.sizeBytes,
        layers: JSON.stringify([]),
      })
      .onConflict((conflict) =>
        conflict.columns(['release_id', 'service_id']).doUpdateSet({
          image: image.image,
          digest: image.digest,
          size_bytes: image.sizeBytes,
        }),
      )
      .execute()
  }
  return { kind: 'release', fleetId: fleet.id, releaseId: id }
}
