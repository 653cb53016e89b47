import { sql, type Kysely, type Transaction } from 'kysely'
import type { DeviceChannelAction, DeviceChannelResult } from '#contract/events'
import type { Action, ActionKind } from '#contract/device'
import { storable } from '../../platform/db/storable-text.ts'
import type { Schema } from '../../platform/db/schema.ts'

type Db = Kysely<Schema> | Transaction<Schema>
const EXPIRES_AFTER_MS = 15 * 60_000
const LISTED = 50

export type ActionRequest = { kind: ActionKind; serviceName: string | null; isForced: boolean }
/** Whose action changed, as listeners are told. */
export type Touched = { deviceId: number; uuid: string; fleetId: number }

type Row = {
  id: number
  device_id: number
  kind: ActionKind
  service_name: string | null
  state: Action['state']
  message: string | null
  created_by: string
  created_at: Date
  expires_at: Date
  finished_at: Date | null
}
export const toAction = (row: Row, uuid: string): Action => ({
  id: row.id,
  deviceUuid: uuid,
  kind: row.kind,
  serviceName: row.service_name,
  state: row.state,
  message: row.message,
  createdAt: row.created_at.toISOString(),
  createdBy: row.created_by,
  expiresAt: row.expires_at.toISOString(),
  finishedAt: row.finished_at?.toISOString() ?? null,
})

/**
 * Stores one action for each device. One that is heard but never opened a channel, as a stock supervisor, cannot be
 * asked; one that is away gets its action when it comes back in time.
 */
export async function insertActions(
  db: Db,
  deviceIds: readonly number[],
  action: ActionRequest,
  actor: string,
  now: Date,
): Promise<Row[]> {
  const hasNone = sql`d.action_channel_at is null and d.connectivity in ('online', 'late')`
  const rows = await sql<Row>`
    insert into device_action (device_id, kind, service_name, is_forced, created_by, created_at, expires_at, state, message, finished_at)
    select d.id, ${action.kind}, ${action.serviceName}, ${action.isForced}, ${actor}, ${now}, ${new Date(now.getTime() + EXPIRES_AFTER_MS)},
      case when ${hasNone} then 'unsupported' else 'queued' end,
      case when ${hasNone} then 'Its supervisor keeps no action channel'
        when d.has_action_channel then null else 'Waits for the device to open its action channel' end,
      case when ${hasNone} then ${now}::timestamptz end
    from device d where d.id = any(${[...deviceIds]}::bigint[]) and d.deleted_at is null
    returning *`.execute(db)
  return rows.rows
}

/** The newest actions of a device, newest first. */
export async function readActions(db: Db, uuid: string): Promise<Action[]> {
  const rows = await db
    .selectFrom('device_action as a')
    .innerJoin('device as d', 'd.id', 'a.device_id')
    .selectAll('a')
    .where('d.uuid', '=', uuid)
    .orderBy('a.id', 'desc')
    .limit(LISTED)
    .execute()
  return rows.map((row) => toAction(row, uuid))
}

/** What waits for these devices, oldest first. */
export async function readWaiting(
  db: Db,
  deviceIds: readonly number[],
  now: Date,
): Promise<{ deviceId: number; action: DeviceChannelAction }[]> {
  if (deviceIds.length === 0) return []
  const rows = await db
    .selectFrom('device_action')
    .select(['id', 'device_id', 'kind', 'service_name', 'is_forced'])
    .where('device_id', 'in', [...deviceIds])
    .where('state', '=', 'queued')
    .where('expires_at', '>', now)
    .orderBy('id')
    .execute()
  return rows.map((row) => ({
    deviceId: row.device_id,
    action: { id: row.id, kind: row.kind, serviceName: row.service_name, force: row.is_forced },
  }))
}

const touched = sql`d.id as "deviceId", d.uuid, d.fleet_id as "fleetId"`

/** Notes that devices took their actions; an action of another device is left alone. */
export async function markDelivered(
  db: Db,
  taken: readonly { id: number; deviceId: number }[],
  now: Date,
): Promise<Touched[]> {
  const rows = await sql<Touched>`
    update device_action a set state = 'delivered', delivered_at = ${now}, message = null
    from device d, jsonb_to_recordset(${JSON.stringify(taken)}::jsonb) as took(id bigint, "deviceId" bigint)
    where a.id = took.id and a.device_id = took."deviceId" and a.state = 'queued' and d.id = a.device_id
    returning ${touched}`.execute(db)
  return rows.rows
}

/** Notes how actions ended, with an event each; only the device that was asked can say so, and only once. */
export async function finishActions(
  db: Db,
  results: readonly (DeviceChannelResult & { deviceId: number })[],
  now: Date,
): Promise<Touched[]> {
  const rows = await sql<Touched>`
    with ended as (
      update device_action a set state = result.status, message = result.message, finished_at = ${now}
      from jsonb_to_recordset(${JSON.stringify(storable(results))}::jsonb)
        as result(id bigint, "deviceId" bigint, status text, message text)
      where a.id = result.id and a.device_id = result."deviceId" and a.state in ('queued', 'delivered')
      returning a.*),
    told as (
      insert into device_event (at, device_id, fleet_id, kind, severity, summary, actor)
      select ${now}, d.id, d.fleet_id, 'action', case when e.state = 'done' then 'ok' else 'attention' end,
        left(e.kind || coalesce(' of ' || e.service_name, '') || case when e.state = 'done' then ' is done' else ' failed' end
          || case when e.message = '' then '' else ': ' || e.message end, 1000), e.created_by
      from ended e join device d on d.id = e.device_id order by e.id)
    select distinct ${touched} from ended e join device d on d.id = e.device_id`.execute(db)
  return rows.rows
}

/** Ends what no device took or finished in time. */
export async function expireActions(db: Db, now: Date): Promise<Touched[]> {
  const rows = await sql<Touched>`
    update device_action a set finished_at = ${now},
      state = case when a.state = 'queued' and d.action_channel_at is null then 'unsupported' else 'expired' end,
      message = case when a.state = 'delivered' then 'The device took it but did not say how it ended'
        when d.action_channel_at is null then 'The device never opened an action channel'
        else 'The device did not open its action channel in time' end
    from device d
    where a.state in ('queued', 'delivered') and a.expires_at <= ${now} and d.id = a.device_id
    returning ${touched}`.execute(db)
  return rows.rows
}

/** Notes which devices keep their channel open now. */
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
    returning ${touched}`.execute(db)
  return rows.rows
}

/** At start nobody is connected, whatever was stored by a gateway that died. */
export async function closeAllChannels(db: Db): Promise<void> {
  await db
    .updateTable('device')
    .set({ has_action_channel: false })
    .where('has_action_channel', '=', true)
    .execute()
}
