import { sql, type Kysely, type RawBuilder } from 'kysely'
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
  /** What is to be told of it on its timeline. */
  events: readonly DeviceEventInput[]
  /** Whether what it last reported becomes a point of its metrics. */
  isMetricDue: boolean
}

/** Whether the step moved what is stored in `device_service`. */
const hasNewServices = ({ before, after }: DeviceStep) => !isSameServices(before.services, after.services)
const reasonKey = (state: DeviceState) =>
  JSON.stringify(state.reasons.map((reason) => [reason.code, reason.service, reason.severity]))

const list = (values: readonly (string | null)[], type: string) =>
  sql`${arrayLiteral(values, false)}::${sql.raw(type)}[]`

/** Columns of `device` and `metric` alike. */
const metricColumns = [
  'cpu_percent',
  'cpu_temperature_c',
  'memory_used_mib',
  'memory_total_mib',
  'storage_used_mib',
  'storage_total_mib',
] as const satisfies readonly DeviceColumn[]

/** One point for each of the saved devices for which one is due; null: for none. */
function metricsPart(steps: readonly DeviceStep[], now: Date): RawBuilder<unknown> | null {
  const due = steps.filter((step) => step.isMetricDue).map((step) => String(step.after.deviceId))
  if (due.length === 0) return null
  const names = sql.join(metricColumns.map((name) => sql.ref(name)))
  return sql`points as (
    insert into metric (device_id, at, ${names}) select id, ${now}, ${names} from saved
    where id = any(${list(due, 'bigint')}))`
}

/** The events of the saved devices, in their order; null: there are none. */
function eventsPart(steps: readonly DeviceStep[], now: Date): RawBuilder<unknown> | null {
  const rows = steps.flatMap(({ after: { deviceId, fleetId }, events }) =>
    events.map((event) => ({
      device_id: deviceId,
      fleet_id: fleetId,
      kind: event.kind,
      layer: event.layer,
      severity: event.severity,
      summary: clip(event.summary, 1000),
      data: event.data ?? {},
    })),
  )
  if (rows.length === 0) return null
  return sql`told as (
    insert into device_event (at, device_id, fleet_id, kind, layer, severity, summary, data)
    select ${now}, device_id, fleet_id, kind, layer, severity, summary, data
    from rows from (jsonb_to_recordset(${JSON.stringify(rows)}::jsonb) as (device_id bigint, fleet_id bigint, kind text,
      layer text, severity text, summary text, data jsonb)) with ordinality
      as next(device_id, fleet_id, kind, layer, severity, summary, data, place)
    where device_id in (select id from saved) order by place)`
}

const serviceKey = sql.raw('device_id, release_commit, service_name')
const serviceValues = [
  'image',
  'status',
  'download_percent',
  'restarts',
  'last_exit_code',
  'updated_at',
] as const

/** The services of the saved devices whose services moved, those that are gone taken out; null: none moved. */
function servicesParts(steps: readonly DeviceStep[], now: Date): RawBuilder<unknown>[] {
  const changed = steps.filter(hasNewServices)
  if (changed.length === 0) return []
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
  const ids = changed.map(({ after }) => String(after.deviceId))
  const values = sql.join(serviceValues.map((name) => sql.ref(name)))
  return [
    sql`services as materialized (
      select * from jsonb_to_recordset(${JSON.stringify(rows)}::jsonb) as next(device_id bigint, release_commit text, service_name text,
        image text, status text, download_percent smallint, restarts integer, last_exit_code integer, updated_at timestamptz)
      where device_id in (select id from saved))`,
    // What is told anew is not among them: one statement must not touch a row twice.
    sql`gone as (
      delete from device_service where device_id = any(${list(ids, 'bigint')}) and device_id in (select id from saved)
        and (${serviceKey}) not in (select ${serviceKey} from services))`,
    sql`kept as (
      insert into device_service (${serviceKey}, ${values}) select ${serviceKey}, ${values} from services
      on conflict (${serviceKey}) do update set ${sql.join(
        serviceValues.map((name) => sql`${sql.ref(name)} = excluded.${sql.ref(name)}`),
      )})`,
  ]
}

/** Moves the columns that moved; answers `id`, `version` and the columns of `alsoTold` of the rows that it found. */
function updateOf(steps: readonly DeviceStep[], now: Date, alsoTold: readonly DeviceColumn[]) {
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
  const ids = steps.map((step) => String(step.after.deviceId))
  const versions = steps.map((step) => step.version)
  const fleetVersions = steps.map((step) => step.fleetVersion)
  const told = [sql`d.id`, sql`d.xmin::text as version`, ...alsoTold.map((name) => sql.ref(`d.${name}`))]
  return sql<{ id: number; version: string }>`
    update device d set ${sql.join([sql`revision = d.revision + 1`, ...parts.map(assign), ...undervolted])}
    from unnest(${sql.join([
      list(ids, 'bigint'),
      list(versions, 'xid'),
      list(fleetVersions, 'xid'),
      ...arrays.map(({ name, text }) => sql`${text}::${sql.raw(deviceColumns[name].type)}[]`),
    ])}) as next (${sql.join([
      sql.raw('device_id, version, fleet_version'),
      ...arrays.map(({ name }) => sql.ref(name)),
    ])}), fleet f
    where d.id = next.device_id and d.xmin = next.version and d.deleted_at is null
      and f.id = d.fleet_id and (next.fleet_version is null or f.xmin = next.fleet_version)
    returning ${sql.join(told)}`
}

/**
 * Stores new states in one statement, however many devices there are: the columns that moved, with services, points of metrics
 * and events, and only of devices whose row and fleet are still those that the step began with. Answers the new versions of
 * the rows stored, by device.
 */
export async function saveDevices(
  db: Db,
  steps: readonly DeviceStep[],
  now: Date,
): Promise<Map<number, string>> {
  if (steps.length === 0) return new Map()
  const points = metricsPart(steps, now)
  const parts = [points, eventsPart(steps, now), ...servicesParts(steps, now)].filter((part) => part !== null)
  const update = updateOf(steps, now, points === null ? [] : metricColumns)
  const whole = sql<{ id: number; version: string }>`
    with saved as (${update}), ${sql.join(parts)} select id, version from saved`
  const { rows } = await (parts.length === 0 ? update : whole).execute(db)
  // Rows of one statement have one version: each device remembering a text of its own would cost memory.
  const [first] = rows
  return new Map(rows.map((row) => [row.id, row.version === first?.version ? first.version : row.version]))
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
