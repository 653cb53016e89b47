import { sql, type RawBuilder } from 'kysely'
import {
  rolloutDeviceStates,
  type RolloutCell,
  type RolloutDevice,
  type RolloutDeviceState,
} from '#contract/rollout'
import type { UpdateState } from '#contract/device'
import type { ReleaseRef } from '#contract/fleet'
import { failedOf } from './rollout-failures.store.ts'
import type { RolloutSituation } from './engine/situation.engine.ts'
import { readSituation } from './rollout-phases.store.ts'
import { iso, type Db } from './rollout-rows.ts'
import { whyWaiting } from './rollout-wait.rules.ts'

type DeviceSource = {
  id: number
  uuid: string
  name: string
  device_type: string
  phase_index: number
  state: RolloutDeviceState
  percent: number | null
  reason: string | null
  time_zone: string | null
  not_before: Date | null
  update_state: UpdateState
  previous: ReleaseRef | null
  previous_os_version: string | null
  sent_bytes: number | null
  full_bytes: number | null
  connectivity: string
  last_seen_at: Date | null
  failed_at: Date | null
  updated_at: Date
  rank: number
}

const deviceColumns = sql`
  d.id, d.uuid, d.name, d.device_type, rd.phase_index, rd.state, rd.percent, rd.reason, rd.time_zone, rd.not_before, d.update_state,
  case when p.id is null then null else jsonb_build_object('id', p.id, 'semver', p.semver, 'commit', p.commit) end as previous,
  rd.previous_os_version, rd.sent_bytes, rd.full_bytes, d.connectivity, d.last_seen_at, rd.failed_at, rd.updated_at,
  case rd.state when 'failed' then 0 when 'downloading' then 1 when 'installing' then 1 when 'rebooting' then 1
    when 'verifying' then 2 when 'offered' then 3 when 'waiting' then 4 when 'offline' then 5 else 6 end as rank`
const deviceSource = sql`
  rollout_device rd join device d on d.id = rd.device_id left join release p on p.id = rd.previous_release_id`

const toDevice = (row: DeviceSource): RolloutDevice => ({
  uuid: row.uuid,
  name: row.name,
  deviceType: row.device_type,
  phaseIndex: row.phase_index,
  state: row.state,
  percent: row.percent,
  reason: row.reason,
  previousRelease: row.previous,
  previousOsVersion: row.previous_os_version,
  sentBytes: row.sent_bytes,
  fullBytes: row.full_bytes,
  connectivity: row.connectivity,
  lastSeenAt: row.last_seen_at ? iso(row.last_seen_at) : null,
  failedAt: row.failed_at ? iso(row.failed_at) : null,
  updatedAt: iso(row.updated_at),
})

/** As it is stored, and of one that waits why it does. */
const withReason =
  (situation: RolloutSituation, nowMs: number) =>
  (row: DeviceSource): RolloutDevice => {
    const device = toDevice(row)
    // A supervisor under an update lock says no more than that the download is done (device protocol, locks).
    if (row.state === 'installing' && row.update_state === 'downloaded' && row.reason === null)
      return { ...device, reason: 'Downloaded and not begun: an update lock on the device may hold it' }
    if (row.state !== 'waiting') return device
    const { phase_index: phaseIndex, time_zone: timeZone, reason } = row
    const notBeforeMs = row.not_before?.getTime() ?? null
    return { ...device, reason: whyWaiting(situation, { phaseIndex, timeZone, notBeforeMs, reason }, nowMs) }
  }

async function reasoner(db: Db, rolloutId: number, now: Date) {
  const rollout = await db
    .selectFrom('rollout')
    .selectAll()
    .where('id', '=', rolloutId)
    .executeTakeFirstOrThrow()
  return withReason(await readSituation(db, rollout), now.getTime())
}

/** Those of the changed devices of a rollout that are on screen, for live patches. */
export async function readRolloutDevices(
  db: Db,
  rolloutId: number,
  by: { deviceIds: readonly number[]; uuids: readonly string[] },
  now: Date,
): Promise<RolloutDevice[]> {
  const result = await sql<DeviceSource>`
    select ${deviceColumns} from ${deviceSource}
    where rd.rollout_id = ${rolloutId} and rd.device_id = any(${[...by.deviceIds]}::bigint[])
      and d.uuid = any(${[...by.uuids]}::text[])`.execute(db)
  return result.rows.length === 0 ? [] : result.rows.map(await reasoner(db, rolloutId, now))
}

/** Unfinished and failed ones first, then by name; `after` is the key of the last row of the page before. */
export async function pageRolloutDevices(
  db: Db,
  rolloutId: number,
  query: {
    state: readonly RolloutDeviceState[]
    q: string
    failure?: string | undefined
    limit: number
    after: { rank: number; name: string; id: number } | null
  },
  now: Date,
): Promise<{
  rows: RolloutDevice[]
  total: number
  next: { rank: number; name: string; id: number } | null
}> {
  const like = `%${query.q.replace(/[\\%_]/g, '\\$&')}%`
  const filtered = sql`rd.rollout_id = ${rolloutId}
    and ${query.state.length === 0 ? sql`true` : sql`rd.state = any(${[...query.state]}::text[])`}
    and ${query.failure === undefined ? sql`true` : failedOf(query.failure)}
    and ${query.q === '' ? sql`true` : sql`(d.name ilike ${like} or d.uuid like ${`${query.q}%`} or rd.reason ilike ${like})`}`
  const page = await sql<DeviceSource>`
    select * from (select ${deviceColumns} from ${deviceSource} where ${filtered}) matching
    where ${query.after === null ? sql`true` : sql`(rank, name, id) > (${query.after.rank}, ${query.after.name}, ${query.after.id})`}
    order by rank, name, id limit ${query.limit + 1}`.execute(db)
  const total = await sql<{
    count: number
  }>`select count(*)::int as count from ${deviceSource} where ${filtered}`.execute(db)
  const shown = page.rows.slice(0, query.limit)
  const last = shown.at(-1)
  const next =
    page.rows.length > query.limit && last ? { rank: last.rank, name: last.name, id: last.id } : null
  return { rows: shown.map(await reasoner(db, rolloutId, now)), total: total.rows[0]?.count ?? 0, next }
}

const SCAN_BATCH = 1000

/** Every device in the order in which the rollout offers, a batch at a time, so that a list larger than memory streams. */
export async function* scanRolloutDevices(db: Db, rolloutId: number): AsyncGenerator<RolloutDevice[]> {
  let last: { phase_index: number; position: number; id: number } | null = null
  do {
    const after: RawBuilder<boolean> =
      last === null
        ? sql`true`
        : sql`(rd.phase_index, rd.position, rd.device_id) > (${last.phase_index}, ${last.position}, ${last.id})`
    const batch = await sql<DeviceSource & { position: number }>`
      select ${deviceColumns}, rd.position from ${deviceSource} where rd.rollout_id = ${rolloutId} and ${after}
      order by rd.phase_index, rd.position, rd.device_id limit ${SCAN_BATCH}`.execute(db)
    if (batch.rows.length > 0) yield batch.rows.map(toDevice)
    last = batch.rows.length < SCAN_BATCH ? null : (batch.rows.at(-1) ?? null)
  } while (last !== null)
}

/** Cells of a rollout's wall, in the order in which it offers; `deviceIds` reads just these. */
export async function readRolloutCells(
  db: Db,
  rolloutId: number,
  deviceIds?: readonly number[],
): Promise<RolloutCell[]> {
  const result = await sql<{
    uuid: string
    name: string
    state: RolloutDeviceState
    phase_index: number
    percent: number | null
  }>`
    select d.uuid, d.name, rd.state, rd.phase_index, rd.percent
    from rollout_device rd join device d on d.id = rd.device_id
    where rd.rollout_id = ${rolloutId}
      and ${deviceIds === undefined ? sql`true` : sql`rd.device_id = any(${[...deviceIds]}::bigint[])`}
    order by rd.phase_index, rd.position, rd.device_id`.execute(db)
  return result.rows.map((row) => [
    row.uuid,
    row.name,
    rolloutDeviceStates.indexOf(row.state),
    row.phase_index,
    row.percent,
  ])
}
