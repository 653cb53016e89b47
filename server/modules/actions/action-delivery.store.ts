import { sql, type RawBuilder } from 'kysely'
import type { CommandResult, DeviceCommand } from '#contract/device-socket'
import { storable } from '../../platform/db/storable-text.ts'
import { MINUTE_MS, touched, type Db, type Touched } from './actions.store.ts'

/** How long a device that took an action may be silent about it. */
export const ANSWER_WITHIN_MS = 15 * MINUTE_MS
/** Outputs of diagnostics kept for a device. */
const KEPT_OUTPUTS = 3
const MOST_SILENT = 1_000

/** An event for each row of `ended a` that has come to its end. */
export const tellEnded = (now: Date): RawBuilder<unknown> => sql`
  told as (
    insert into device_event (at, device_id, fleet_id, kind, severity, summary, actor)
    select ${now}, d.id, d.fleet_id, 'action',
      case a.state when 'done' then 'ok' when 'cancelled' then 'info' else 'attention' end,
      left(upper(left(a.kind, 1)) || replace(substr(a.kind, 2), '-', ' ') || coalesce(' of ' || a.service_name, '')
        || case a.state when 'done' then ' is done' when 'failed' then ' failed' when 'cancelled' then ' was cancelled'
          when 'unsupported' then ' is not supported' else ' expired' end
        || case when coalesce(a.message, '') = '' then '' else ': ' || a.message end, 1000), a.created_by
    from ended a join device d on d.id = a.device_id order by a.id)`

const endedRows = sql`select distinct ${touched} from ended a join device d on d.id = a.device_id`

/** What waits for these devices, oldest first. */
export async function readQueued(
  db: Db,
  deviceIds: readonly number[],
  now: Date,
): Promise<{ deviceId: number; command: DeviceCommand }[]> {
  if (deviceIds.length === 0) return []
  const rows = await db
    .selectFrom('device_action')
    .select(['command_id', 'device_id', 'kind', 'service_name', 'is_forced'])
    .where('device_id', 'in', [...deviceIds])
    .where('way', '=', 'socket')
    .where('state', '=', 'queued')
    .where('expires_at', '>', now)
    .orderBy('id')
    .execute()
  return rows.map((row) => ({
    deviceId: row.device_id,
    command: { id: row.command_id, kind: row.kind, serviceName: row.service_name, force: row.is_forced },
  }))
}

/** Devices that say they are connected and for which something waits. */
export async function devicesWithQueued(db: Db, now: Date): Promise<number[]> {
  const rows = await db
    .selectFrom('device_action')
    .select('device_id')
    .distinct()
    .where('way', '=', 'socket')
    .where('state', '=', 'queued')
    .where('expires_at', '>', now)
    .execute()
  return rows.map((row) => row.device_id)
}

/** Devices that took something before this moment and have not said how it ended. */
export async function devicesWithSilent(db: Db, before: Date): Promise<number[]> {
  const rows = await db
    .selectFrom('device_action')
    .select('device_id')
    .distinct()
    .where('way', '=', 'socket')
    .where('state', '=', 'delivered')
    .where('delivered_at', '<', before)
    .limit(MOST_SILENT)
    .execute()
  return rows.map((row) => row.device_id)
}

/** Commands these devices took without a word on how they ended, whether or not their time is up. */
export async function readUnanswered(
  db: Db,
  deviceIds: readonly number[],
): Promise<{ deviceId: number; id: string }[]> {
  if (deviceIds.length === 0) return []
  const rows = await db
    .selectFrom('device_action')
    .select(['command_id', 'device_id'])
    .where('device_id', 'in', [...deviceIds])
    .where('way', '=', 'socket')
    .where('delivered_at', 'is not', null)
    .where('state', 'in', ['delivered', 'expired'])
    .orderBy('id', 'desc')
    .limit(deviceIds.length * 50)
    .execute()
  return rows.map((row) => ({ deviceId: row.device_id, id: row.command_id }))
}

export type Taken = { id: string; deviceId: number }

/**
 * Notes that devices took their actions, unless one expired or was cancelled meanwhile or belongs to another device.
 * Only those in `delivered` may be begun; those that were delivered before and are still in time are among them.
 */
export async function markDelivered(
  db: Db,
  taken: readonly Taken[],
  now: Date,
): Promise<{ touched: Touched[]; delivered: Set<string> }> {
  const took = sql`jsonb_to_recordset(${JSON.stringify(taken)}::jsonb) as took(id text, "deviceId" bigint)`
  const rows = await sql<Touched>`
    update device_action a set state = 'delivered', delivered_at = ${now}, message = null,
      answer_by = ${new Date(now.getTime() + ANSWER_WITHIN_MS)}
    from device d, ${took}
    where a.command_id = took.id and a.device_id = took."deviceId" and a.state = 'queued' and a.expires_at > ${now}
      and d.id = a.device_id
    returning ${touched}`.execute(db)
  const open = await sql<{ id: string }>`
    select a.command_id as id from device_action a, ${took}
    where a.command_id = took.id and a.device_id = took."deviceId" and a.state = 'delivered'`.execute(db)
  return { touched: rows.rows, delivered: new Set(open.rows.map((row) => row.id)) }
}

export type Ended = CommandResult & { deviceId: number }

/**
 * Notes how actions ended, with an event each; only the device that was asked can say so, and only once. One whose time
 * ran out after it was taken is put right by what the device says later.
 */
export async function finishActions(db: Db, results: readonly Ended[], now: Date): Promise<Touched[]> {
  const told = sql`jsonb_to_recordset(${JSON.stringify(storable(results))}::jsonb)
    as result(id text, "deviceId" bigint, status text, message text, files jsonb)`
  const rows = await sql<Touched>`
    with ended as (
      update device_action a set state = result.status, message = result.message, finished_at = ${now}
      from ${told}
      where a.command_id = result.id and a.device_id = result."deviceId"
        and (a.state in ('queued', 'delivered') or (a.state = 'expired' and a.delivered_at is not null))
      returning a.*),
    kept as (
      insert into device_action_output (action_id, files)
      select a.id, result.files from ended a join ${told} on result.id = a.command_id
      where jsonb_array_length(coalesce(result.files, '[]')) > 0
      on conflict do nothing),
    ${tellEnded(now)}
    ${endedRows}`.execute(db)
  if (results.some((result) => result.files !== undefined))
    await sql`delete from device_action_output o where o.action_id in (
      select id from (select p.action_id as id, row_number() over (partition by a.device_id order by a.id desc) as place
        from device_action_output p join device_action a on a.id = p.action_id
        where a.device_id = any(${results.map((result) => result.deviceId)}::bigint[])) old
      where place > ${KEPT_OUTPUTS})`.execute(db)
  return rows.rows
}

/** The device accepted it, but it was too late to begin: nothing was done. */
export async function noteNeverBegun(db: Db, { id, deviceId }: Taken): Promise<void> {
  await sql`update device_action set delivered_at = null, answer_by = null, message = 'The device had accepted it but was not told to begin in time: it was not done'
    where command_id = ${id} and device_id = ${deviceId} and state = 'expired'`.execute(db)
}

/** Ends what no device took or answered in time. */
export async function expireActions(db: Db, now: Date): Promise<Touched[]> {
  const rows = await sql<Touched>`
    with ended as (
      update device_action a set finished_at = ${now},
        state = case when a.state = 'queued' and a.way = 'socket' and d.action_channel_at is null then 'unsupported' else 'expired' end,
        message = case
          when a.state = 'delivered' and a.way = 'target' then 'The device took its new target but did not report that it follows it'
          when a.state = 'delivered' then 'The device took it but has not said how it ended; it is asked when it is back'
          when a.way = 'target' then 'The device did not ask for its target in time; nothing was changed'
          when d.action_channel_at is null then 'The device never opened a socket for actions'
          else 'The device did not take it in time; nothing was done' end
      from device d
      where d.id = a.device_id and (
        (a.state = 'queued' and a.expires_at <= ${now})
        or (a.state = 'delivered' and coalesce(a.answer_by, a.expires_at) <= ${now}))
      returning a.*),
    ${tellEnded(now)}
    ${endedRows}`.execute(db)
  return rows.rows
}

/** Calls off what waits, by id or of a bulk action; what was taken meanwhile stays. */
export async function cancelActions(
  db: Db,
  which: { actionId: number } | { batchId: number },
  by: string,
  now: Date,
): Promise<Touched[]> {
  const chosen = 'actionId' in which ? sql`a.id = ${which.actionId}` : sql`a.batch_id = ${which.batchId}`
  const rows = await sql<Touched>`
    with ended as (
      update device_action a set state = 'cancelled', finished_at = ${now}, message = ${`By ${by}`}
      where ${chosen} and a.state = 'queued'
      returning a.*),
    ${tellEnded(now)}
    ${endedRows}`.execute(db)
  return rows.rows
}
