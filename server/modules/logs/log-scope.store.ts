import { sql, type Kysely, type RawBuilder } from 'kysely'
import type { LogSelector } from '#contract/log'
import type { FleetScope } from '#contract/role'
import type { Schema } from '../../platform/db/schema.ts'
import { isFleetWithin, type Within } from '../../platform/within.ts'

export type LogRange = { from?: Date | undefined; to?: Date | undefined }
/** Line ids, both ends included; empty when `low` is above `high`. */
export type IdRange = { low: number; high: number }

/** Whose lines are searched and where they lie; ids grow with the time of receipt, so they stand for time. */
export type LogScope = {
  /** Null: of every device. */
  deviceIds: readonly number[] | null
  fleetId: number | undefined
  /** The fleets whose lines may be seen: a device that moved left its lines with the fleet it was in. */
  within: FleetScope
  time: LogRange
  ids: IdRange
}

/**
 * Lines nearest in time among which the first and last id of a range are looked for: where two gateways store at once, or
 * a clock was set back, ids and times are not quite in the same order.
 */
const NEAREST = 500

const bounds = (at: Date) => sql`
  select id from (select id from log_line where received_at < ${at} order by received_at desc limit ${NEAREST}) as earlier
  union all
  select id from (select id from log_line where received_at >= ${at} order by received_at limit ${NEAREST}) as later`

/** The ids between which every line received in a range lies; `newest` is the last one there is. */
async function idsOf(db: Kysely<Schema>, range: LogRange): Promise<IdRange> {
  const oldest = sql`select id from (select id from log_line order by id limit 1) as one`
  const newest = sql`select id from (select id from log_line order by id desc limit 1) as one`
  const result = await sql<{ low: number | null; high: number | null }>`
    select (select min(id) from (${range.from === undefined ? oldest : bounds(range.from)}) as low) as low,
      (select max(id) from (${range.to === undefined ? newest : bounds(range.to)}) as high) as high`.execute(
    db,
  )
  const [row] = result.rows
  return { low: row?.low ?? 1, high: row?.high ?? 0 }
}

/** The scope of a search, resolved once, so that every statement after it goes by ids. */
export async function findScope(
  db: Kysely<Schema>,
  selector: Within<LogSelector>,
  time: LogRange = {},
): Promise<LogScope> {
  const ids = await idsOf(db, time)
  const { fleetId, within } = selector
  if (selector.device.length === 0) return { deviceIds: null, fleetId, within, time, ids }
  const devices = await db
    .selectFrom('device')
    .select('id')
    .where('uuid', 'in', selector.device)
    .where('deleted_at', 'is', null)
    .execute()
  return { deviceIds: devices.map((device) => device.id), fleetId, within, time, ids }
}

/** What keeps lines (alias `l`) within a scope, but for the ids. */
export function scopeConditions({ deviceIds, fleetId, within, time }: LogScope): RawBuilder<unknown>[] {
  const conditions: RawBuilder<unknown>[] = []
  if (deviceIds !== null) conditions.push(sql`l.device_id = any(${deviceIds}::bigint[])`)
  if (fleetId !== undefined) conditions.push(sql`l.fleet_id = ${fleetId}`)
  if (within !== 'all') conditions.push(isFleetWithin(within, sql`l.fleet_id`))
  // The ids narrow to the range already. `greatest` keeps the planner from going by the index on time instead, which it
  // cannot judge where the store has no statistics (the embedded one) and which may hold every line of the range.
  if (time.from !== undefined) conditions.push(sql`greatest(l.received_at) >= ${time.from}`)
  if (time.to !== undefined) conditions.push(sql`greatest(l.received_at) <= ${time.to}`)
  return conditions
}

/** The id of the nearest line of the scope's devices or fleet at or beyond `from`, or null: one look into an index. */
export async function nearestInScope(
  db: Kysely<Schema>,
  scope: LogScope,
  direction: 'older' | 'newer',
  from: number,
): Promise<number | null> {
  const pick = direction === 'older' ? sql`max(l.id)` : sql`min(l.id)`
  const beyond =
    direction === 'older'
      ? sql`l.id <= ${from} and l.id >= ${scope.ids.low}`
      : sql`l.id >= ${from} and l.id <= ${scope.ids.high}`
  const ofFleet = scope.fleetId === undefined ? sql`true` : sql`l.fleet_id = ${scope.fleetId}`
  const query =
    scope.deviceIds === null
      ? sql<{ id: number | null }>`select ${pick} as id from log_line l where ${ofFleet} and ${beyond}`
      : sql<{ id: number | null }>`
          select ${direction === 'older' ? sql`max(near.id)` : sql`min(near.id)`} as id
          from unnest(${scope.deviceIds}::bigint[]) as device (id)
          cross join lateral (select ${pick} as id from log_line l where l.device_id = device.id and ${beyond}) as near`
  return (await query.execute(db)).rows[0]?.id ?? null
}
