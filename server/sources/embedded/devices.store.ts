import { sql, type Kysely, type RawBuilder } from 'kysely'
import type { Schema } from '../../platform/db/schema.ts'
import type { SourceDevice, SourcePage } from '../fleet-source.ts'
import { reportOf, type ReportedRow } from './device-report.ts'
import { pageOf, withoutId, type Keyset } from './keyset.ts'

type DeviceRow = ReportedRow &
  Omit<SourceDevice, 'report' | 'tags'> & {
    id: number
    tags: Record<string, string>
    facts: Record<string, string>
  }

const readRows = (db: Kysely<Schema>, which: RawBuilder<unknown>, limit: number | null) =>
  sql<DeviceRow>`
    select d.id, d.uuid, f.uuid as "fleetUuid", d.name, d.created_at as "createdAt", d.connectivity,
      d.connectivity_changed_at as "connectivityChangedAt", pinned.commit as pin, d.public_address as "publicAddress",
      jsonb_build_object('slug', t.slug, 'name', t.name, 'architecture', t.architecture) as "deviceType",
      d.tags, d.device_facts as facts,
      target.commit as "targetCommit", current.commit as "currentCommit", d.update_state as "updateState",
      d.status, d.os_version as "osVersion", d.os_variant as "osVariant", d.supervisor_version as "supervisorVersion",
      d.provisioning_state as "provisioningState", d.provisioning_progress as "provisioningProgress",
      d.ip_address as "ipAddress", d.mac_address as "macAddress", d.api_port as "apiPort", d.cpu_id as "cpuId",
      d.storage_block_device as "storageBlockDevice", d.cpu_percent as "cpuPercent",
      d.cpu_temperature_c as "cpuTemperatureC", d.memory_used_mib as "memoryUsedMib",
      d.memory_total_mib as "memoryTotalMib", d.storage_used_mib as "storageUsedMib",
      d.storage_total_mib as "storageTotalMib", d.is_undervolted as "isUndervolted",
      coalesce((
        select jsonb_agg(jsonb_build_object('releaseCommit', s.release_commit, 'name', s.service_name,
          'image', s.image, 'status', s.status, 'downloadPercent', s.download_percent)
          order by s.release_commit, s.service_name)
        from device_service s where s.device_id = d.id), '[]') as services
    from device d join fleet f on f.id = d.fleet_id join device_type t on t.slug = d.device_type
    left join release pinned on pinned.id = d.pinned_release_id
    left join release target on target.id = d.target_release_id
    left join release current on current.id = d.current_release_id
    where d.deleted_at is null and ${which} order by d.id limit ${limit}`.execute(db)

function toDevice(row: DeviceRow): SourceDevice & { id: number } {
  const { id, uuid, fleetUuid, name, deviceType, createdAt } = row
  const { connectivity, connectivityChangedAt, pin, publicAddress } = row
  return {
    ...{ id, uuid, fleetUuid, name, deviceType, createdAt },
    ...{ connectivity, connectivityChangedAt, pin, publicAddress },
    report: reportOf(row),
    // What a device tells of itself beyond its reports it tells by tags of reserved names.
    tags: { ...row.tags, ...row.facts },
  }
}

export async function readDevices(
  db: Kysely<Schema>,
  { after, limit }: Keyset,
): Promise<SourcePage<SourceDevice>> {
  const { rows } = await readRows(db, sql`d.id > ${after}`, limit + 1)
  return pageOf(rows.map(toDevice), limit)
}

/** Those of these devices that there are. */
export async function readTheseDevices(
  db: Kysely<Schema>,
  uuids: readonly string[],
): Promise<SourceDevice[]> {
  if (uuids.length === 0) return []
  const { rows } = await readRows(db, sql`d.uuid = any(${[...uuids]}::text[])`, null)
  return rows.map(toDevice).map(withoutId)
}

export async function readDeviceUuids(db: Kysely<Schema>): Promise<string[]> {
  const rows = await db
    .selectFrom('device')
    .select('uuid')
    .where('deleted_at', 'is', null)
    .orderBy('id')
    .execute()
  return rows.map(({ uuid }) => uuid)
}
