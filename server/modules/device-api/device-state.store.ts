import { sql, type Kysely, type Transaction } from 'kysely'
import type { Schema } from '../../platform/db/schema.ts'
import { inOrder, type DeviceState, type ReleaseName } from './device-state.ts'
import type { StoredDevice } from './remembered-devices.ts'

const ms = (at: Date | null) => at?.getTime() ?? null
/** One parameter, however many there are. */
const isAny = (column: 'id' | 'd.id' | 'device_id', ids: readonly number[]) =>
  sql<boolean>`${sql.ref(column)} = any(${[...ids]}::bigint[])`

/**
 * Locks these devices until the transaction ends. To be done before they are read: a statement that waits for a row joins
 * its new version with what stood beside the old one.
 */
export async function lockDevices(trx: Transaction<Schema>, deviceIds: readonly number[]): Promise<void> {
  await trx
    .selectFrom('device')
    .select('id')
    .where(isAny('id', deviceIds))
    .orderBy('id')
    .forNoKeyUpdate()
    .execute()
}

/** Ids of living devices beyond one, in their order. */
export async function readDeviceIdsAfter(
  db: Kysely<Schema>,
  lastId: number,
  limit: number,
): Promise<number[]> {
  const rows = await db
    .selectFrom('device')
    .select('id')
    .where('id', '>', lastId)
    .where('deleted_at', 'is', null)
    .orderBy('id')
    .limit(limit)
    .execute()
  return rows.map(({ id }) => id)
}

/** The devices with these ids as they are stored; deleted ones are left out. */
export async function readDevices(db: Kysely<Schema>, deviceIds: readonly number[]): Promise<StoredDevice[]> {
  if (deviceIds.length === 0) return []
  const rows = await db
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
    .select([
      sql<string>`d.xmin::text`.as('version'),
      sql<string>`f.xmin::text`.as('fleet_version'),
      sql<string[]>`array(select service_name from device_stopped_service where device_id = d.id)`.as(
        'stopped',
      ),
    ])
    .where(isAny('d.id', deviceIds))
    .where('d.deleted_at', 'is', null)
    .execute()
  // After the device: one whose services have moved since is no longer of the version that was read.
  const services = await db
    .selectFrom('device_service')
    .selectAll()
    .where(isAny('device_id', deviceIds))
    .execute()
  const byDevice = groupByDevice(services)
  return rows.map((d) => ({
    version: d.version,
    fleetVersion: d.fleet_version,
    keyHash: d.key_hash,
    apps: null,
    state: {
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
      stopped: d.stopped,
      services: inOrder(
        (byDevice.get(d.id) ?? []).map((row) => ({
          releaseCommit: row.release_commit,
          name: row.service_name,
          image: row.image,
          status: row.status,
          downloadPercent: row.download_percent,
          restarts: row.restarts,
          lastExitCode: row.last_exit_code,
        })),
      ),
    } satisfies DeviceState,
  }))
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
