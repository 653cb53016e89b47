import { sql, type Kysely } from 'kysely'
import type { DeviceAspect } from '../../platform/changes.ts'
import type { Schema } from '../../platform/db/schema.ts'
import { clip } from '../../platform/db/storable-text.ts'
import { arrayLiteral, columnValues, deviceColumns, type DeviceColumn } from './device-columns.ts'
import { isSameServices, type DeviceEventInput, type DeviceState } from './device-state.ts'

type Db = Kysely<Schema>

/** A step of a device from the state stored as `version` of its row and of its fleet's; null: it does not matter. */
export type DeviceStep = {
  before: DeviceState
  after: DeviceState
  /** The columns that it moved. */
  columns: readonly DeviceColumn[]
  version: string
  fleetVersion: string | null
}

/** Whether the step moved what is stored in `device_service`. */
export const hasNewServices = ({ before, after }: DeviceStep) =>
  !isSameServices(before.services, after.services)
const reasonKey = (state: DeviceState) =>
  JSON.stringify(state.reasons.map((reason) => [reason.code, reason.service, reason.severity]))

/**
 * Stores new states in one statement, however many devices there are: the columns that moved, and only of devices whose
 * row and fleet are still those that the step began with. Answers the new versions of the rows stored, by device.
 */
export async function saveDevices(
  db: Db,
  steps: readonly DeviceStep[],
  now: Date,
): Promise<Map<number, string>> {
  const moved = new Set<DeviceColumn>()
  for (const { columns } of steps) for (const name of columns) moved.add(name)
  const states = steps.map((step) => step.after)
  const parts = [...moved].map((name) => ({ name, ...columnValues(name, states) }))
  const arrays = parts.filter((part) => !part.isOne)
  const assign = ({ name, isOne, text }: (typeof parts)[number]) =>
    isOne
      ? sql`${sql.ref(name)} = ${text}::${sql.raw(deviceColumns[name].type)}`
      : sql`${sql.ref(name)} = next.${sql.ref(name)}`
  const undervolted = parts
    .filter(({ name }) => name === 'is_undervolted')
    .map(
      ({ isOne, text }) =>
        sql`undervolted_since = case when ${isOne ? sql`${text}::boolean` : sql`next.is_undervolted`} is not true then null
      else coalesce(d.undervolted_since, ${now}) end`,
    )
  const column = (values: (string | null)[], type: string) =>
    sql`${arrayLiteral(values, false)}::${sql.raw(type)}[]`
  const { rows } = await sql<{ id: number; version: string }>`
    update device d set ${sql.join([sql`revision = d.revision + 1`, ...parts.map(assign), ...undervolted])}
    from unnest(${sql.join([
      column(
        steps.map((step) => String(step.after.deviceId)),
        'bigint',
      ),
      column(
        steps.map((step) => step.version),
        'xid',
      ),
      column(
        steps.map((step) => step.fleetVersion),
        'xid',
      ),
      ...arrays.map(({ name, text }) => sql`${text}::${sql.raw(deviceColumns[name].type)}[]`),
    ])}) as next (${sql.join([
      sql.raw('device_id, version, fleet_version'),
      ...arrays.map(({ name }) => sql.ref(name)),
    ])}), fleet f
    where d.id = next.device_id and d.xmin = next.version and d.deleted_at is null
      and f.id = d.fleet_id and (next.fleet_version is null or f.xmin = next.fleet_version)
    returning d.id, d.xmin::text as version`.execute(db)
  return new Map(rows.map((row) => [row.id, row.version]))
}

/** Those of these devices whose row and fleet are still of these versions. */
export async function stillCurrent(
  db: Db,
  devices: readonly { deviceId: number; version: string; fleetVersion: string }[],
): Promise<Set<number>> {
  if (devices.length === 0) return new Set()
  const literal = (values: string[]) => arrayLiteral(values, false)
  const { rows } = await sql<{ id: number }>`
    select d.id from unnest(${literal(devices.map((one) => String(one.deviceId)))}::bigint[],
      ${literal(devices.map((one) => one.version))}::xid[], ${literal(devices.map((one) => one.fleetVersion))}::xid[])
      as known (device_id, version, fleet_version)
    join device d on d.id = known.device_id and d.xmin = known.version and d.deleted_at is null
    join fleet f on f.id = d.fleet_id and f.xmin = known.fleet_version`.execute(db)
  return new Set(rows.map((row) => row.id))
}

/** Stores the services of the devices whose services moved. */
export async function saveServices(trx: Db, steps: readonly DeviceStep[], now: Date): Promise<void> {
  const changed = steps.filter(hasNewServices)
  if (changed.length === 0) return
  await trx
    .deleteFrom('device_service')
    .where(
      'device_id',
      'in',
      changed.map((step) => step.after.deviceId),
    )
    .execute()
  const rows = changed.flatMap(({ after }) =>
    after.services.map((service) => ({
      device_id: after.deviceId,
      release_commit: service.releaseCommit,
      service_name: service.name,
      image: service.image,
      status: service.status,
      download_percent: service.downloadPercent,
      restarts: service.restarts,
      last_exit_code: service.lastExitCode,
      updated_at: now.toISOString(),
    })),
  )
  if (rows.length === 0) return
  await sql`
    insert into device_service (device_id, release_commit, service_name, image, status, download_percent, restarts, last_exit_code, updated_at)
    select * from jsonb_to_recordset(${JSON.stringify(rows)}::jsonb) as next(device_id bigint, release_commit text, service_name text,
      image text, status text, download_percent smallint, restarts integer, last_exit_code integer, updated_at timestamptz)`.execute(
    trx,
  )
}

/** Appends timeline events of many devices at once. */
export async function insertEvents(
  trx: Db,
  events: readonly (DeviceEventInput & { deviceId: number; fleetId: number })[],
  now: Date,
): Promise<void> {
  if (events.length === 0) return
  const rows = events.map((event) => ({
    device_id: event.deviceId,
    fleet_id: event.fleetId,
    kind: event.kind,
    layer: event.layer,
    severity: event.severity,
    summary: clip(event.summary, 1000),
    data: event.data ?? {},
  }))
  await sql`
    insert into device_event (at, device_id, fleet_id, kind, layer, severity, summary, data)
    select ${now}, next.* from jsonb_to_recordset(${JSON.stringify(rows)}::jsonb)
      as next(device_id bigint, fleet_id bigint, kind text, layer text, severity text, summary text, data jsonb)`.execute(
    trx,
  )
}

/** One metric point for each of these devices, as it last reported. */
export async function insertMetrics(trx: Db, states: readonly DeviceState[], now: Date): Promise<void> {
  if (states.length === 0) return
  await sql`
    insert into metric (device_id, at, cpu_percent, cpu_temperature_c, memory_used_mib, memory_total_mib, storage_used_mib, storage_total_mib)
    select d.id, ${now}, d.cpu_percent, d.cpu_temperature_c, d.memory_used_mib, d.memory_total_mib, d.storage_used_mib, d.storage_total_mib
    from device d where d.id = any(${states.map((state) => state.deviceId)}::bigint[])`.execute(trx)
}

/** Which aspects of a device a step moved, for those who listen. */
export function aspectsOf(before: DeviceState, after: DeviceState, hasEvents: boolean): Set<DeviceAspect> {
  const aspects = new Set<DeviceAspect>()
  if (before.connectivity !== after.connectivity) aspects.add('connectivity')
  if (before.health !== after.health || reasonKey(before) !== reasonKey(after)) aspects.add('health')
  if (
    before.updateState !== after.updateState ||
    before.updatePercent !== after.updatePercent ||
    before.currentReleaseId !== after.currentReleaseId ||
    !isSameServices(before.services, after.services)
  )
    aspects.add('report')
  if (before.metricsAtMs !== after.metricsAtMs) aspects.add('metrics')
  if (before.facts !== after.facts || before.tags !== after.tags) aspects.add('facts')
  if (
    before.osVersion !== after.osVersion ||
    before.ipAddress !== after.ipAddress ||
    before.supervisorVersion !== after.supervisorVersion
  )
    aspects.add('identity')
  if (hasEvents) aspects.add('event')
  return aspects
}
