import { sql, type RawBuilder, type Transaction } from 'kysely'
import { OS_VERSION_PATTERN } from '#contract/host-os'
import type { Change } from '../../platform/changes.ts'
import type { Schema } from '../../platform/db/schema.ts'
import { lockDevices, movedChanges } from '../../platform/device-target.ts'

type Trx = Transaction<Schema>
type Moved = { id: number; uuid: string; fleet_id: number }

/** Gives these devices the host OS version, and keeps at the first touch what they ran and were told before. */
export async function assignOsVersion(
  trx: Trx,
  rolloutId: number,
  osVersion: string,
  deviceIds: readonly number[],
  now: Date,
): Promise<Change[]> {
  if (deviceIds.length === 0) return []
  await lockDevices(trx, deviceIds)
  await sql`
    update rollout_device rd set touched_at = ${now}, previous_target_os_version = d.target_os_version,
      previous_os_version = substring(d.os_version from ${OS_VERSION_PATTERN}::text)
    from device d
    where rd.rollout_id = ${rolloutId} and rd.touched_at is null and d.id = rd.device_id
      and d.id = any(${[...deviceIds]}::bigint[])`.execute(trx)
  const moved = await sql<Moved>`
    update device d set target_os_version = ${osVersion}, revision = revision + 1
    where id = any(${[...deviceIds]}::bigint[]) and target_os_version is distinct from ${osVersion}
    returning id, uuid, fleet_id`.execute(trx)
  return movedChanges(moved.rows)
}

/** Devices that the rollout touched and whose target is still its doing; `target` is an expression over `rd`. */
async function moveOsTargets(
  trx: Trx,
  rolloutId: number,
  target: RawBuilder<unknown>,
  among: RawBuilder<boolean>,
): Promise<Change[]> {
  const moved = await sql<Moved>`
    with moving as (
      select d.id, ${target} as target from rollout_device rd join rollout ro on ro.id = rd.rollout_id
        join device d on d.id = rd.device_id
      where rd.rollout_id = ${rolloutId} and rd.touched_at is not null and ${among} and (
        d.target_os_version = ro.os_version
        or (rd.previous_target_os_version is null and d.target_os_version = rd.previous_os_version))
      order by d.id for update of d)
    update device d set target_os_version = moving.target, revision = d.revision + 1
    from moving where moving.id = d.id and d.target_os_version is distinct from moving.target
    returning d.id, d.uuid, d.fleet_id`.execute(trx)
  return movedChanges(moved.rows)
}

/**
 * Turns every touched device back: to the target it had, or, where it had none, to the version it ran, until it runs
 * that again (`settleOsTargets` then takes the target away). Somebody else's target is left alone.
 */
export const turnOsBack = (trx: Trx, rolloutId: number): Promise<Change[]> =>
  moveOsTargets(
    trx,
    rolloutId,
    sql`case when rd.state = 'skipped' then rd.previous_target_os_version
      else coalesce(rd.previous_target_os_version, rd.previous_os_version) end`,
    sql`true`,
  )

/** Devices that have ended their way back, or rolled back by themselves, get exactly the target they had before. */
export const settleOsTargets = async (
  trx: Trx,
  rolloutId: number,
  deviceIds: readonly number[],
): Promise<Change[]> =>
  deviceIds.length === 0
    ? []
    : moveOsTargets(
        trx,
        rolloutId,
        sql`rd.previous_target_os_version`,
        sql`rd.device_id = any(${[...deviceIds]}::bigint[])`,
      )
