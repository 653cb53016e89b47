import { sql, type Kysely, type Transaction } from 'kysely'
import type { Schema } from '../../platform/db/schema.ts'

type Db = Kysely<Schema> | Transaction<Schema>

export type FleetToPush = {
  fleetId: number
  uuid: string
  policy: 'track-latest' | 'pinned'
  releaseId: number | null
  commit: string | null
}

/** Fleets that should run something else than was last seen there. */
export async function readFleetsToPush(db: Db): Promise<FleetToPush[]> {
  const { rows } = await sql<FleetToPush>`
    select f.id as "fleetId", f.uuid, f.policy, f.target_release_id as "releaseId", r.commit
    from source_fleet sf join fleet f on f.id = sf.fleet_id left join release r on r.id = f.target_release_id
    where f.policy <> sf.policy or f.target_release_id is distinct from sf.target_release_id
    order by f.id`.execute(db)
  return rows
}

/** `wantedId`: what the device is to be pinned to there, `wanted` its commit. */
export type PinToPush = {
  deviceId: number
  uuid: string
  fleetId: number
  fleetUuid: string
  seen: string | null
  wanted: string | null
  wantedId: number | null
}

/**
 * SQL over a device `d` and its fleet `f`: its pin there. Its own, else what a rollout gave it, but where its fleet runs that
 * anyway: so the pins of a rollout go when the fleet itself is pinned at its end.
 */
const wantedPin = sql`coalesce(d.pinned_release_id,
  case when d.assigned_release_id is distinct from f.target_release_id then d.assigned_release_id end)`

/** Devices that should be pinned to something else than was last seen; only where their fleet is as it should be there. */
const toPush = sql`
  from source_device sd join device d on d.id = sd.device_id join fleet f on f.id = d.fleet_id
    join source_fleet sf on sf.fleet_id = f.id
  where ${wantedPin} is distinct from sd.pin_release_id
    and f.policy = sf.policy and f.target_release_id is not distinct from sf.target_release_id`

export async function readPinsToPush(db: Db, limit: number): Promise<PinToPush[]> {
  const { rows } = await sql<PinToPush>`
    select wanting.*, seen_release.commit as seen, wanted_release.commit as wanted from (
      select d.id as "deviceId", d.uuid, d.fleet_id as "fleetId", f.uuid as "fleetUuid", sd.pin_release_id, ${wantedPin} as "wantedId"
      ${toPush} order by d.id limit ${limit}) wanting
    left join release seen_release on seen_release.id = wanting.pin_release_id
    left join release wanted_release on wanted_release.id = wanting."wantedId"`.execute(db)
  return rows
}

/** How many targets are set here and not there. */
export async function countToPush(db: Db): Promise<number> {
  const fleets = await readFleetsToPush(db)
  const { rows } = await sql<{ count: number }>`select count(*)::int as count ${toPush}`.execute(db)
  return fleets.length + (rows[0]?.count ?? 0)
}
