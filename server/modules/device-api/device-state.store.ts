import { sql, type Transaction } from 'kysely'
import type { DeviceAspect } from '../../platform/changes.ts'
import type { Schema } from '../../platform/db/schema.ts'
import type { DeviceEventInput, DeviceState, ReleaseName, ServiceRow } from './device-state.ts'
import { clip } from '../../platform/db/storable-text.ts'

type Trx = Transaction<Schema>
const ms = (at: Date | null) => at?.getTime() ?? null
const iso = (atMs: number | null) => (atMs === null ? null : new Date(atMs).toISOString())

/** The devices with these ids as they are stored, locked until the transaction ends; deleted ones are left out. */
export async function loadDevices(trx: Trx, deviceIds: readonly number[]): Promise<Map<number, DeviceState>> {
  const rows = await trx
    .selectFrom('device as d')
    .innerJoin('fleet as f', 'f.id', 'd.fleet_id')
    .leftJoin('release as t', 't.id', 'd.target_release_id')
    .leftJoin('release as c', 'c.id', 'd.current_release_id')
    .selectAll('d')
    .select([
      'f.uuid as fleet_uuid',
      'f.health_thresholds',
      't.commit as target_commit',
      't.semver as target_semver',
      'c.commit as current_commit',
      'c.semver as current_semver',
    ])
    .where('d.id', 'in', [...deviceIds])
    .where('d.deleted_at', 'is', null)
    .orderBy('d.id')
    .forUpdate('d')
    .execute()
  const services = await trx
    .selectFrom('device_service')
    .selectAll()
    .where('device_id', 'in', [...deviceIds])
    .execute()
  const byDevice = groupByDevice(services)
  const stopped = groupByDevice(
    await trx
      .selectFrom('device_stopped_service')
      .select(['device_id', 'service_name'])
      .where('device_id', 'in', [...deviceIds])
      .execute(),
  )
  return new Map(
    rows.map((d) => [
      d.id,
      {
        deviceId: d.id,
        uuid: d.uuid,
        fleetId: d.fleet_id,
        fleetUuid: d.fleet_uuid,
        thresholds: d.health_thresholds,
        target: nameOf(d.target_release_id, d.target_commit, d.target_semver),
        current: nameOf(d.current_release_id, d.current_commit, d.current_semver),
        targetChangedAtMs: ms(d.target_changed_at),
        connectivity: d.connectivity,
        connectivityChangedAtMs: ms(d.connectivity_changed_at),
        lastSeenAtMs: ms(d.last_seen_at),
        lastPollAtMs: ms(d.last_poll_at),
        lastReportAtMs: ms(d.last_report_at),
        nextCheckAtMs: ms(d.next_check_at),
        pollIntervalMs: d.poll_interval_ms,
        health: d.health,
        reasons: d.health_reasons,
        memory: d.health_memory,
        facts: d.device_facts,
        tags: d.tags,
        currentReleaseId: d.current_release_id,
        updateState: d.update_state,
        updatePercent: d.update_percent,
        updateProgressAtMs: ms(d.update_progress_at),
        osVersion: d.os_version,
        osVariant: d.os_variant,
        supervisorVersion: d.supervisor_version,
        ipAddress: d.ip_address,
        publicAddress: d.public_address,
        macAddress: d.mac_address,
        apiPort: d.api_port,
        status: d.status,
        provisioningState: d.provisioning_state,
        provisioningProgress: d.provisioning_progress,
        cpuId: d.cpu_id,
        storageBlockDevice: d.storage_block_device,
        cpuPercent: d.cpu_percent,
        cpuTemperatureC: d.cpu_temperature_c,
        memoryUsedMib: d.memory_used_mib,
        memoryTotalMib: d.memory_total_mib,
        storageUsedMib: d.storage_used_mib,
        storageTotalMib: d.storage_total_mib,
        metricsAtMs: ms(d.metrics_at),
        isUndervolted: d.is_undervolted,
        clockSkewMs: d.clock_skew_ms,
        stopped: (stopped.get(d.id) ?? []).map((row) => row.service_name),
        services: (byDevice.get(d.id) ?? []).map((row) => ({
          releaseCommit: row.release_commit,
          name: row.service_name,
          image: row.image,
          status: row.status,
          downloadPercent: row.download_percent,
          restarts: row.restarts,
          lastExitCode: row.last_exit_code,
        })),
      },
    ]),
  )
}

function groupByDevice<T extends { device_id: number }>(rows: readonly T[]): Map<number, T[]> {
  const groups = new Map<number, T[]>()
  for (const row of rows) {
    const group = groups.get(row.device_id)
    if (group) group.push(row)
    else groups.set(row.device_id, [row])
  }
  return groups
}

const nameOf = (id: number | null, commit: string | null, semver: string | null): ReleaseName | null =>
  id === null || commit === null || semver === null ? null : { id, commit, semver }

/** The columns of `device` that a step may move, with their types, in the order they are written. */
const columns = {
  connectivity: 'text',
  connectivity_changed_at: 'timestamptz',
  last_seen_at: 'timestamptz',
  last_poll_at: 'timestamptz',
  last_report_at: 'timestamptz',
  next_check_at: 'timestamptz',
  poll_interval_ms: 'integer',
  health: 'text',
  health_rank: 'smallint',
  health_reasons: 'jsonb',
  health_memory: 'jsonb',
  device_facts: 'jsonb',
  tags: 'jsonb',
  current_release_id: 'bigint',
  update_state: 'text',
  update_percent: 'smallint',
  update_progress_at: 'timestamptz',
  os_version: 'text',
  os_variant: 'text',
  supervisor_version: 'text',
  ip_address: 'text',
  public_address: 'text',
  mac_address: 'text',
  api_port: 'integer',
  status: 'text',
  provisioning_state: 'text',
  provisioning_progress: 'integer',
  cpu_id: 'text',
  storage_block_device: 'text',
  cpu_percent: 'integer',
  cpu_temperature_c: 'integer',
  memory_used_mib: 'integer',
  memory_total_mib: 'integer',
  storage_used_mib: 'integer',
  storage_total_mib: 'integer',
  metrics_at: 'timestamptz',
  is_undervolted: 'boolean',
  clock_skew_ms: 'bigint',
} as const
type Column = keyof typeof columns
const names = Object.keys(columns) as Column[]
const assignments = sql.raw(names.map((name) => `${name} = next.${name}`).join(', '))
const recordType = sql.raw(`device_id bigint, ${names.map((name) => `${name} ${columns[name]}`).join(', ')}`)

const rank = { critical: 0, attention: 1, unknown: 2, ok: 3 }

const toRecord = (state: DeviceState): Record<Column | 'device_id', unknown> => ({
  device_id: state.deviceId,
  connectivity: state.connectivity,
  connectivity_changed_at: iso(state.connectivityChangedAtMs),
  last_seen_at: iso(state.lastSeenAtMs),
  last_poll_at: iso(state.lastPollAtMs),
  last_report_at: iso(state.lastReportAtMs),
  next_check_at: iso(state.nextCheckAtMs),
  poll_interval_ms: state.pollIntervalMs,
  health: state.health,
  health_rank: rank[state.health],
  health_reasons: state.reasons,
  health_memory: state.memory,
  device_facts: state.facts,
  tags: state.tags,
  current_release_id: state.currentReleaseId,
  update_state: state.updateState,
  update_percent: state.updatePercent,
  update_progress_at: iso(state.updateProgressAtMs),
  os_version: state.osVersion,
  os_variant: state.osVariant,
  supervisor_version: state.supervisorVersion,
  ip_address: state.ipAddress,
  public_address: state.publicAddress,
  mac_address: state.macAddress,
  api_port: state.apiPort,
  status: state.status,
  provisioning_state: state.provisioningState,
  provisioning_progress: state.provisioningProgress,
  cpu_id: state.cpuId,
  storage_block_device: state.storageBlockDevice,
  cpu_percent: state.cpuPercent,
  cpu_temperature_c: state.cpuTemperatureC,
  memory_used_mib: state.memoryUsedMib,
  memory_total_mib: state.memoryTotalMib,
  storage_used_mib: state.storageUsedMib,
  storage_total_mib: state.storageTotalMib,
  metrics_at: iso(state.metricsAtMs),
  is_undervolted: state.isUndervolted,
  clock_skew_ms: state.clockSkewMs,
})

const serviceKey = (services: readonly ServiceRow[]) => JSON.stringify(services)
const reasonKey = (state: DeviceState) =>
  JSON.stringify(state.reasons.map((reason) => [reason.code, reason.service, reason.severity]))

/** Stores new states in a bounded number of statements, however many devices there are. */
export async function saveDevices(
  trx: Trx,
  steps: readonly { before: DeviceState; after: DeviceState }[],
  now: Date,
): Promise<void> {
  if (steps.length === 0) return
  await sql`
    update device d set ${assignments}, revision = d.revision + 1,
      undervolted_since = case when next.is_undervolted is not true then null else coalesce(d.undervolted_since, ${now}) end
    from jsonb_to_recordset(${JSON.stringify(steps.map((step) => toRecord(step.after)))}::jsonb) as next(${recordType})
    where d.id = next.device_id`.execute(trx)
  const changed = steps.filter((step) => serviceKey(step.before.services) !== serviceKey(step.after.services))
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
  trx: Trx,
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
export async function insertMetrics(trx: Trx, states: readonly DeviceState[], now: Date): Promise<void> {
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
    serviceKey(before.services) !== serviceKey(after.services)
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
