import { sql } from 'kysely'
import { isDeadlock } from '../../platform/db/deadlock.ts'
import type { Db, Touched } from './actions.store.ts'

/** Notes which devices keep their socket open now. */
export async function setChannels(
  db: Db,
  states: readonly { deviceId: number; isOpen: boolean }[],
  now: Date,
): Promise<Touched[]> {
  const rows = await sql<Touched>`
    update device d set has_action_channel = next."isOpen",
      action_channel_at = case when next."isOpen" then ${now} else d.action_channel_at end
    from jsonb_to_recordset(${JSON.stringify(states)}::jsonb) as next("deviceId" bigint, "isOpen" boolean)
    where d.id = next."deviceId"
    returning d.id as "deviceId", d.uuid, d.fleet_id as "fleetId", null::bigint as "batchId"`.execute(db)
  return rows.rows
}

/** Puts right what another gateway noted when it started or lost an older socket of these devices. */
export async function keepChannels(db: Db, deviceIds: readonly number[]): Promise<Touched[]> {
  if (deviceIds.length === 0) return []
  const rows = await sql<Touched>`
    update device d set has_action_channel = true
    where d.id = any(${[...deviceIds]}::bigint[]) and not d.has_action_channel
    returning d.id as "deviceId", d.uuid, d.fleet_id as "fleetId", null::bigint as "batchId"`.execute(db)
  return rows.rows
}

/** Hashes of the keys of these devices, or of those whose key has changed since. */
export async function readKeys(
  db: Db,
  of: { deviceIds: readonly number[] } | { changedSince: Date },
): Promise<Map<number, string>> {
  const chosen =
    'deviceIds' in of
      ? sql<boolean>`id = any(${[...of.deviceIds]}::bigint[])`
      : sql<boolean>`key_changed_at >= ${of.changedSince}`
  const rows = await db.selectFrom('device').select(['id', 'key_hash']).where(chosen).execute()
  return new Map(rows.map((row) => [row.id, row.key_hash]))
}

const CLOSED_AT_ONCE = 200
const TRIES = 10

/**
 * At start nobody is connected here, whatever was stored by a gateway that died. A few at a time and in one order: other
 * gateways write the same devices meanwhile, and whoever of two is in the other's way is tried again.
 */
export async function closeAllChannels(db: Db): Promise<void> {
  const open = await db
    .selectFrom('device')
    .select('id')
    .where('has_action_channel', '=', true)
    .orderBy('id')
    .execute()
  for (let from = 0; from < open.length; from += CLOSED_AT_ONCE)
    await closeChannels(
      db,
      open.slice(from, from + CLOSED_AT_ONCE).map(({ id }) => id),
      TRIES,
    )
}

async function closeChannels(db: Db, deviceIds: readonly number[], triesLeft: number): Promise<void> {
  try {
    await sql`
      update device set has_action_channel = false
      where id = any(array(
        select id from device where id = any(${[...deviceIds]}::bigint[]) and has_action_channel order by id for update
      ))`.execute(db)
  } catch (error) {
    if (triesLeft === 1 || !isDeadlock(error)) throw error
    return closeChannels(db, deviceIds, triesLeft - 1)
  }
}
