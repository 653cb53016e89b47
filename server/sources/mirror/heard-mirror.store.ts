import { sql, type Kysely } from 'kysely'
import type { Schema } from '../../platform/db/schema.ts'

/**
 * Everything was read that the source told of devices before this instant. Kept where a rollout is under way: who is online and tells
 * nothing new was heard all the same.
 */
export async function noteRead(db: Kysely<Schema>, at: Date): Promise<void> {
  await sql`
    update source_fleet set read_at = ${at}
    where fleet_id in (select fleet_id from rollout where is_watched)`.execute(db)
}

/** Both names are told to devices; the backend judges their heartbeats by the longest of what is set. */
const POLL_INTERVALS = ['RESIN_SUPERVISOR_POLL_INTERVAL', 'BALENA_SUPERVISOR_POLL_INTERVAL']

/** How often devices poll: as the backend does by itself, or more rarely where a variable says so. `deviceIds`: of these alone. */
export async function keepPollIntervals(
  db: Kysely<Schema>,
  leastMs: number,
  deviceIds?: readonly number[],
): Promise<void> {
  await sql`
    with told as (
      select fleet_id, device_id, max(value::integer) as ms from variable
      where kind = 'configuration' and name = any(${POLL_INTERVALS}::text[]) and value ~ '^[0-9]{1,8}$'
      group by fleet_id, device_id)
    update device set poll_interval_ms = wanted.ms
    from (
      select d.id, greatest(${leastMs}::integer, of_fleet.ms, of_device.ms) as ms
      from source_device sd join device d on d.id = sd.device_id
        left join told of_fleet on of_fleet.fleet_id = d.fleet_id and of_fleet.device_id is null
        left join told of_device on of_device.device_id = d.id
      where ${deviceIds === undefined ? sql`true` : sql`d.id = any(${[...deviceIds]}::bigint[])`}) wanted
    where device.id = wanted.id and device.poll_interval_ms <> wanted.ms`.execute(db)
}
