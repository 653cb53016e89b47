import { sql, type Kysely, type Transaction } from 'kysely'
import type { DeviceWatch, WatchKind } from '#contract/device-watch'
import type { FleetScope } from '#contract/role'
import type { Schema } from '../../platform/db/schema.ts'
import { isFleetWithin } from '../../platform/within.ts'
import type { WatchedEvent } from './watch.rules.ts'

type Db = Kysely<Schema> | Transaction<Schema>
type WatchKey = { user_id: number; device_id: number; kind: WatchKind }
type ClaimedWatch = WatchKey & { is_lasting: boolean; after_event_id: number }

/** Watches looked at, and events of one looked at, in one turn. */
const CLAIMED = 200
const EVENTS = 100

export async function readWatches(
  db: Db,
  userId: number,
  within: FleetScope,
): Promise<(DeviceWatch & { deviceId: number })[]> {
  const { rows } = await sql<{
    device_id: number
    uuid: string
    name: string
    fleet_name: string
    kind: WatchKind
    is_lasting: boolean
    created_at: Date
  }>`
    select w.device_id, d.uuid, d.name, f.name as fleet_name, w.kind, w.is_lasting, w.created_at
    from device_watch w join device d on d.id = w.device_id join fleet f on f.id = d.fleet_id
    where w.user_id = ${userId} and d.deleted_at is null and ${isFleetWithin(within, sql`d.fleet_id`)} order by d.name, d.id, w.kind`.execute(
    db,
  )
  return rows.map((row) => ({
    deviceId: row.device_id,
    uuid: row.uuid,
    name: row.name,
    fleetName: row.fleet_name,
    kind: row.kind,
    isLasting: row.is_lasting,
    createdAt: row.created_at.toISOString(),
  }))
}

/** Watches from now on: what happened before is known. Setting it again changes only whether it lasts. */
export async function setWatch(
  db: Db,
  watch: { userId: number; uuid: string; kind: WatchKind; isLasting: boolean; now: Date },
): Promise<void> {
  await sql`
    insert into device_watch (user_id, device_id, kind, is_lasting, created_at, after_event_id)
    select ${watch.userId}, d.id, ${watch.kind}, ${watch.isLasting}, ${watch.now},
      coalesce((select max(e.id) from device_event e where e.device_id = d.id), 0)
    from device d where d.uuid = ${watch.uuid} and d.deleted_at is null
    on conflict (user_id, device_id, kind) do update set is_lasting = excluded.is_lasting`.execute(db)
}

export async function deleteWatch(db: Db, { user_id, device_id, kind }: WatchKey): Promise<void> {
  await db
    .deleteFrom('device_watch')
    .where('user_id', '=', user_id)
    .where('device_id', '=', device_id)
    .where('kind', '=', kind)
    .execute()
}

export async function moveWatch(trx: Transaction<Schema>, watch: WatchKey, eventId: number): Promise<void> {
  await trx
    .updateTable('device_watch')
    .set({ after_event_id: eventId })
    .where('user_id', '=', watch.user_id)
    .where('device_id', '=', watch.device_id)
    .where('kind', '=', watch.kind)
    .execute()
}

/** Watches of devices to which something happened, kept from other gateways until the transaction ends. */
export async function claimWatches(trx: Transaction<Schema>): Promise<ClaimedWatch[]> {
  const { rows } = await sql<ClaimedWatch>`
    select w.user_id, w.device_id, w.kind, w.is_lasting, w.after_event_id from device_watch w
    where exists (select 1 from device_event e where e.device_id = w.device_id and e.id > w.after_event_id)
    order by w.device_id, w.user_id, w.kind limit ${CLAIMED} for update of w skip locked`.execute(trx)
  return rows
}

/** What happened to a device after an event, oldest first. */
export async function readEventsOf(
  trx: Transaction<Schema>,
  deviceId: number,
  afterId: number,
): Promise<WatchedEvent[]> {
  const { rows } = await sql<WatchedEvent>`
    select id, kind, severity, summary, data ->> 'to' as "to", data ->> 'from' as "from" from device_event
    where device_id = ${deviceId} and id > ${afterId} order by id limit ${EVENTS}`.execute(trx)
  return rows
}
