import { sql, type Transaction } from 'kysely'
import type { Schema } from '../../platform/db/schema.ts'
import { ANSWER_WITHIN_MS, tellEnded } from './action-delivery.store.ts'
import { touched, type ActionRequest, type Db, type Touched } from './actions.store.ts'

/**
 * Puts into the target state what was asked of these devices; call in the transaction that stores the actions `ids`. What
 * waits or runs for the same service is replaced.
 */
export async function applyToTarget(
  trx: Transaction<Schema>,
  request: ActionRequest,
  ids: readonly number[],
  now: Date,
): Promise<void> {
  const these = sql`a.id = any(${[...ids]}::bigint[])`
  await sql`
    update device_action old set state = 'cancelled', finished_at = ${now}, message = 'Replaced by a newer one'
    from device_action a where ${these} and old.device_id = a.device_id and old.id < a.id and old.way = 'target'
      and old.state in ('queued', 'delivered')
      and (old.kind = 'override-lock') = (a.kind = 'override-lock') and old.service_name is not distinct from a.service_name`.execute(
    trx,
  )
  if (request.kind === 'stop-service')
    await sql`insert into device_stopped_service (device_id, service_name, stopped_at)
      select a.device_id, a.service_name, ${now} from device_action a where ${these} on conflict do nothing`.execute(
      trx,
    )
  if (request.kind === 'start-service')
    await sql`delete from device_stopped_service s using device_action a
      where ${these} and s.device_id = a.device_id and s.service_name = a.service_name`.execute(trx)
  if (request.kind === 'override-lock') {
    await sql`update device_action old set overridden_until = null from device_action a
      where ${these} and old.device_id = a.device_id and old.id < a.id and old.overridden_until is not null`.execute(
      trx,
    )
    await sql`update device d set lock_overridden_until = a.overridden_until, revision = d.revision + 1
      from device_action a where ${these} and d.id = a.device_id`.execute(trx)
  }
}

/** Takes out of the target state what was never taken, where nothing newer was asked: the device must not do it later. */
export async function revertTargets(trx: Transaction<Schema>, now: Date): Promise<Touched[]> {
  const dead = sql`a.way = 'target' and a.delivered_at is null and a.finished_at = ${now} and a.state in ('expired', 'cancelled')
    and not exists (select 1 from device_action newer where newer.device_id = a.device_id and newer.id > a.id
      and newer.way = 'target' and newer.service_name is not distinct from a.service_name
      and (newer.kind = 'override-lock') = (a.kind = 'override-lock'))`
  await sql`delete from device_stopped_service s using device_action a
    where ${dead} and a.kind = 'stop-service' and not a.was_stopped
      and s.device_id = a.device_id and s.service_name = a.service_name`.execute(trx)
  await sql`insert into device_stopped_service (device_id, service_name, stopped_at)
    select a.device_id, a.service_name, ${now} from device_action a
    where ${dead} and a.kind = 'start-service' and a.was_stopped on conflict do nothing`.execute(trx)
  await sql`update device d set lock_overridden_until = null, revision = d.revision + 1 from device_action a
    where ${dead} and a.kind = 'override-lock' and d.id = a.device_id`.execute(trx)
  const rows = await sql<Touched>`
    select distinct ${touched} from device_action a join device d on d.id = a.device_id where ${dead}`.execute(
    trx,
  )
  return rows.rows
}

/** Notes which devices asked for their target since, and which report that they follow it. */
export async function settleTargets(db: Db, now: Date): Promise<Touched[]> {
  const taken = await sql<Touched>`
    update device_action a set state = 'delivered', delivered_at = ${now}, message = null,
      answer_by = ${new Date(now.getTime() + ANSWER_WITHIN_MS)}
    from device d where d.id = a.device_id and a.way = 'target' and a.state = 'queued' and a.expires_at > ${now}
      and d.last_poll_at >= a.created_at
    returning ${touched}`.execute(db)
  const reports = (statuses: readonly string[]) => sql`exists (select 1 from device_service s
    where s.device_id = a.device_id and s.service_name = a.service_name and s.status = any(${[...statuses]}::text[]))`
  const done = await sql<Touched>`
    with ended as (
      update device_action a set state = 'done', finished_at = ${now},
        message = case a.kind when 'stop-service' then 'The device reports that it is stopped'
          when 'start-service' then 'The device reports that it runs'
          else 'The device has it in its target; it is taken back by itself' end
      where a.way = 'target' and a.state = 'delivered' and case a.kind
        when 'stop-service' then not ${reports(['Running', 'Starting', 'restarting', 'Stopping'])}
        when 'start-service' then ${reports(['Running'])}
        else true end
      returning a.*),
    ${tellEnded(now)}
    select distinct ${touched} from ended a join device d on d.id = a.device_id`.execute(db)
  return [...taken.rows, ...done.rows]
}

/** Takes back overrides of update locks whose time is up, or that of one action. */
export async function liftOverrides(db: Db, now: Date, actionId: number | null = null): Promise<Touched[]> {
  const due =
    actionId === null
      ? sql`d.lock_overridden_until <= ${now}`
      : sql`d.id = (select device_id from device_action where id = ${actionId} and overridden_until is not null)`
  const rows = await sql<Touched>`
    with lifted as (
      update device d set lock_overridden_until = null, revision = d.revision + 1 where ${due} returning d.*),
    noted as (
      update device_action a set overridden_until = null,
        message = case when a.state = 'done' then 'Update locks count again' else a.message end
      from lifted d where a.device_id = d.id and a.overridden_until is not null),
    told as (
      insert into device_event (at, device_id, fleet_id, kind, severity, summary)
      select ${now}, d.id, d.fleet_id, 'action', 'info', 'Update locks are no longer overridden' from lifted d)
    select d.id as "deviceId", d.uuid, d.fleet_id as "fleetId", null::bigint as "batchId" from lifted d`.execute(
    db,
  )
  return rows.rows
}
