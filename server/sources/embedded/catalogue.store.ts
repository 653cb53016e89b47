import { sql, type Kysely, type RawBuilder } from 'kysely'
import type { Schema } from '../../platform/db/schema.ts'
import type { SourceFleet, SourcePage, SourceRelease, SourceVariable } from '../fleet-source.ts'
import { pageOf, withoutId, type Keyset } from './keyset.ts'

type FleetRow = Omit<SourceFleet, 'target'> & { policy: SourceFleet['target']['kind']; commit: string | null }

export async function readFleets(db: Kysely<Schema>): Promise<SourceFleet[]> {
  const { rows } = await sql<FleetRow>`
    select f.uuid, f.name, f.policy, r.commit,
      jsonb_build_object('slug', t.slug, 'name', t.name, 'architecture', t.architecture) as "deviceType",
      coalesce((select jsonb_agg(s.name order by s.name) from service s where s.fleet_id = f.id), '[]') as services
    from fleet f join device_type t on t.slug = f.device_type
    left join release r on r.id = f.target_release_id
    order by f.id`.execute(db)
  return rows.map(({ policy, commit, ...fleet }) => ({ ...fleet, target: { kind: policy, commit } }))
}

const releaseRows = (db: Kysely<Schema>, which: RawBuilder<unknown>, limit: number | null) =>
  sql<SourceRelease & { id: number }>`
    select r.id, f.uuid as "fleetUuid", r.commit, r.semver, r.status, r.failure_reason as "failureReason", r.notes,
      r.composition, r.created_at as "createdAt", r.finalised_at as "finalisedAt",
      coalesce((
        select jsonb_agg(jsonb_build_object(
          'service', s.name, 'image', i.image, 'digest', i.digest, 'sizeBytes', i.size_bytes) order by s.name)
        from release_image i join service s on s.id = i.service_id where i.release_id = r.id), '[]') as images
    from release r join fleet f on f.id = r.fleet_id where ${which} order by r.id limit ${limit}`.execute(db)

/** Ids grow as releases are made, so in their order the oldest is first. */
export async function readReleases(
  db: Kysely<Schema>,
  fleetUuid: string,
  { after, limit }: Keyset,
): Promise<SourcePage<SourceRelease>> {
  const { rows } = await releaseRows(db, sql`f.uuid = ${fleetUuid} and r.id > ${after}`, limit + 1)
  return pageOf(rows, limit)
}

/** Those of these releases that there are. */
export async function readTheseReleases(
  db: Kysely<Schema>,
  ids: readonly number[],
): Promise<SourceRelease[]> {
  if (ids.length === 0) return []
  const { rows } = await releaseRows(db, sql`r.id = any(${[...ids]}::bigint[])`, null)
  return rows.map(withoutId)
}

export async function readSourceVariables(db: Kysely<Schema>, fleetUuid: string): Promise<SourceVariable[]> {
  const { rows } = await sql<SourceVariable>`
    select v.kind, f.uuid as "fleetUuid", d.uuid as "deviceUuid", v.service_name as service, v.name, v.value
    from variable v join fleet f on f.id = v.fleet_id left join device d on d.id = v.device_id
    where f.uuid = ${fleetUuid} and d.deleted_at is null order by v.id`.execute(db)
  return rows
}
