import { sql, type Kysely } from 'kysely'
import type { LogUsage } from '#contract/log-search'
import type { Schema } from '../../platform/db/schema.ts'
import type { HourUsage, RetentionLimits } from './log-retention.rules.ts'

const DAY_MS = 86_400_000
/** Devices looked at in one statement for lines beyond the count that is kept. */
const DEVICES_AT_ONCE = 10

/** What is stored of a fleet's log by hour. */
export async function readHours(db: Kysely<Schema>, fleetId: number): Promise<HourUsage[]> {
  const rows = await db
    .selectFrom('log_usage')
    .select(['hour', 'lines', 'bytes'])
    .where('fleet_id', '=', fleetId)
    .where('lines', '>', 0)
    .execute()
  return rows.map((row) => ({ atMs: row.hour.getTime(), lines: row.lines, bytes: row.bytes }))
}

export async function readUsage(db: Kysely<Schema>, fleetId: number): Promise<LogUsage> {
  const edge = async (direction: 'asc' | 'desc') => {
    const row = await db
      .selectFrom('log_line')
      .select('received_at')
      .where('fleet_id', '=', fleetId)
      .orderBy('id', direction)
      .limit(1)
      .executeTakeFirst()
    return row?.received_at.toISOString() ?? null
  }
  const hours = await readHours(db, fleetId)
  return {
    lines: hours.reduce((sum, hour) => sum + hour.lines, 0),
    bytes: hours.reduce((sum, hour) => sum + hour.bytes, 0),
    oldestAt: await edge('asc'),
    newestAt: await edge('desc'),
  }
}

type FleetLimits = { fleetId: number; bytes: number; oldestHour: Date } & {
  limits: RetentionLimits
}

/** Every fleet with lines, also one that was deleted since, with the limits that hold for it. */
async function fleetsWithLines(db: Kysely<Schema>, defaults: RetentionLimits): Promise<FleetLimits[]> {
  const result = await sql<{
    fleet_id: number
    bytes: number
    oldest_hour: Date
    days: number | null
    most: number | null
  }>`
    select u.fleet_id, sum(u.bytes)::bigint as bytes, min(u.hour) as oldest_hour,
      min(f.log_retention_days) as days, min(f.log_retention_bytes) as most
    from log_usage u left join fleet f on f.id = u.fleet_id
    where u.lines > 0 group by u.fleet_id order by u.fleet_id`.execute(db)
  return result.rows.map((row) => ({
    fleetId: row.fleet_id,
    bytes: row.bytes,
    oldestHour: row.oldest_hour,
    limits: { days: row.days ?? defaults.days, bytes: row.most ?? defaults.bytes },
  }))
}

/** Deletes the oldest lines of a fleet, at most `batch`, all received before `before` when it is given. */
async function deleteOldest(
  db: Kysely<Schema>,
  fleetId: number,
  batch: number,
  before: Date | null,
): Promise<number> {
  // Without a last id the scan would go over all the younger lines when none is left to delete.
  const old =
    before === null
      ? sql`true`
      : sql`received_at < ${before} and id <= (select max(id) from
          (select id from log_line where received_at < ${before} order by received_at desc limit 500) as near)`
  const result = await sql<{ count: number }>`
    with gone as (delete from log_line where id in
      (select id from log_line where fleet_id = ${fleetId} and ${old} order by id limit ${batch}) returning 1)
    select count(*)::int as count from gone`.execute(db)
  return result.rows[0]?.count ?? 0
}

const totalOf = async (db: Kysely<Schema>, fleetId: number) => {
  const hours = await readHours(db, fleetId)
  return hours.reduce((sum, hour) => ({ lines: sum.lines + hour.lines, bytes: sum.bytes + hour.bytes }), {
    lines: 0,
    bytes: 0,
  })
}

/** Deletes the oldest lines until what is left fits. */
async function pruneBySize(
  db: Kysely<Schema>,
  fleetId: number,
  bytes: number,
  batch: number,
): Promise<number> {
  let gone = 0
  for (;;) {
    const total = await totalOf(db, fleetId)
    if (total.bytes <= bytes || total.lines === 0) return gone
    const excess = Math.ceil((total.bytes - bytes) / (total.bytes / total.lines))
    const deleted = await deleteOldest(db, fleetId, Math.min(batch, excess), null)
    if (deleted === 0) return gone
    gone += deleted
  }
}

/**
 * Deletes what each fleet's limits no longer keep, oldest first, a small batch a statement, so that lines go on being
 * stored and read meanwhile. Answers how many went.
 */
export async function pruneLogs(
  db: Kysely<Schema>,
  defaults: RetentionLimits,
  now: Date,
  batch: number,
): Promise<number> {
  let gone = 0
  for (const { fleetId, bytes, oldestHour, limits } of await fleetsWithLines(db, defaults)) {
    const before = new Date(now.getTime() - limits.days * DAY_MS)
    for (let deleted = oldestHour < before ? batch : 0; deleted === batch;) {
      deleted = await deleteOldest(db, fleetId, batch, before)
      gone += deleted
    }
    if (limits.bytes !== null && bytes > limits.bytes)
      gone += await pruneBySize(db, fleetId, limits.bytes, batch)
  }
  await db.deleteFrom('log_usage').where('lines', '<=', 0).execute()
  return gone
}

/** Keeps the newest `keep` lines of each device, a few devices and a small batch a statement; answers how many went. */
export async function pruneLogsByCount(db: Kysely<Schema>, keep: number, batch: number): Promise<number> {
  const devices = await db.selectFrom('device').select('id').orderBy('id').execute()
  let gone = 0
  for (let first = 0; first < devices.length; first += DEVICES_AT_ONCE) {
    const ids = devices.slice(first, first + DEVICES_AT_ONCE).map((device) => device.id)
    for (let deleted = batch; deleted === batch;) {
      const result = await sql<{ count: number }>`
        with edge as (select device.id as device_id, (select l.id from log_line l where l.device_id = device.id
            order by l.id desc offset ${keep} limit 1) as id from unnest(${ids}::bigint[]) as device (id)),
          gone as (delete from log_line where id in (select l.id from log_line l join edge
            on l.device_id = edge.device_id and l.id <= edge.id order by l.id limit ${batch}) returning 1)
        select count(*)::int as count from gone`.execute(db)
      deleted = result.rows[0]?.count ?? 0
      gone += deleted
    }
  }
  return gone
}
