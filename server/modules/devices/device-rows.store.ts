import { sql, type Kysely, type Transaction } from 'kysely'
import { z } from 'zod'
import type { Connectivity, DeviceListQuery, DeviceRow, UpdateState } from '#contract/device'
import type { Architecture } from '#contract/fleet'
import type { Health, HealthReason } from '#contract/health'
import type { Schema } from '../../platform/db/schema.ts'
import { Problem } from '../../platform/problem.ts'
import type { Within } from '../../platform/within.ts'
import type { DeviceList } from './device-list.ts'

type Db = Kysely<Schema> | Transaction<Schema>

type Source = {
  id: number
  uuid: string
  name: string
  fleet_id: number
  fleet_name: string
  device_type: string
  architecture: Architecture
  connectivity: Connectivity
  last_seen_at: Date | null
  connectivity_changed_at: Date | null
  health: Health
  health_reasons: HealthReason[]
  current_id: number | null
  current_semver: string | null
  current_commit: string | null
  target_id: number | null
  target_semver: string | null
  target_commit: string | null
  pinned_release_id: number | null
  update_state: UpdateState
  update_percent: number | null
  os_version: string | null
  supervisor_version: string | null
  ip_address: string | null
  cpu_percent: number | null
  cpu_temperature_c: number | null
  memory_used_mib: number | null
  memory_total_mib: number | null
  storage_used_mib: number | null
  storage_total_mib: number | null
  tags: Record<string, string>
  revision: number
}

const rowColumns = sql`
  d.id, d.uuid, d.name, d.fleet_id, f.name as fleet_name, d.device_type, t.architecture, d.connectivity, d.last_seen_at,
  d.connectivity_changed_at, d.health, d.health_reasons, c.id as current_id, c.semver as current_semver, c.commit as current_commit,
  g.id as target_id, g.semver as target_semver, g.commit as target_commit, d.pinned_release_id, d.update_state, d.update_percent,
  d.os_version, d.supervisor_version, d.ip_address, d.cpu_percent, d.cpu_temperature_c, d.memory_used_mib, d.memory_total_mib,
  d.storage_used_mib, d.storage_total_mib, d.tags, d.revision`
const rowTables = sql`
  device d join fleet f on f.id = d.fleet_id join device_type t on t.slug = d.device_type
  left join release c on c.id = d.current_release_id left join release g on g.id = d.target_release_id`

const ref = (id: number | null, semver: string | null, commit: string | null) =>
  id === null || semver === null || commit === null ? null : { id, semver, commit }

export const toDeviceRow = (row: Source): DeviceRow => ({
  uuid: row.uuid,
  name: row.name,
  fleetId: row.fleet_id,
  fleetName: row.fleet_name,
  deviceType: row.device_type,
  architecture: row.architecture,
  connectivity: row.connectivity,
  lastSeenAt: row.last_seen_at?.toISOString() ?? null,
  connectivityChangedAt: row.connectivity_changed_at?.toISOString() ?? null,
  health: row.health,
  reasons: row.health_reasons,
  currentRelease: ref(row.current_id, row.current_semver, row.current_commit),
  targetRelease: ref(row.target_id, row.target_semver, row.target_commit),
  isPinned: row.pinned_release_id !== null,
  updateState: row.update_state,
  updatePercent: row.update_percent,
  osVersion: row.os_version,
  supervisorVersion: row.supervisor_version,
  ipAddress: row.ip_address,
  cpuPercent: row.cpu_percent,
  cpuTemperatureC: row.cpu_temperature_c,
  memoryUsedMib: row.memory_used_mib,
  memoryTotalMib: row.memory_total_mib,
  storageUsedMib: row.storage_used_mib,
  storageTotalMib: row.storage_total_mib,
  tags: row.tags,
  revision: row.revision,
})

/** Where a page ended, and in which order: a cursor of another order is none of this list. */
export const deviceCursor = z.object({
  order: z.string(),
  key: z.union([z.string(), z.number(), z.null()]),
  name: z.string(),
  id: z.int(),
})
export type DeviceCursor = z.infer<typeof deviceCursor>

/**
 * One page: the list says which devices and in which order, the store what is known of them. Throws a 400 problem for a
 * cursor of another order.
 */
export async function pageDevices(
  db: Db,
  list: DeviceList,
  query: Within<DeviceListQuery>,
  after: DeviceCursor | null,
): Promise<{ rows: DeviceRow[]; total: number; next: DeviceCursor | null }> {
  const order = `${query.sort} ${query.direction}`
  if (after !== null && after.order !== order)
    throw Problem.invalid('query.after', 'belongs to another order of this list; leave it out to start again')
  if (after !== null && query.offset > 0)
    throw Problem.invalid('query.offset', 'says another place than query.after; leave one of them out')
  const page = await list.page(query, after)
  const { rows } = await sql<Source>`
    select ${rowColumns} from ${rowTables} where d.deleted_at is null and d.id = any(${page.ids}::bigint[])`.execute(
    db,
  )
  const byId = new Map(rows.map((row) => [row.id, row]))
  return {
    rows: page.ids.flatMap((id) => byId.get(id) ?? []).map(toDeviceRow),
    total: page.total,
    next: page.next && { order, ...page.next },
  }
}

/** These devices, whatever the filter, in no order. */
export async function rowsByUuid(db: Db, uuids: readonly string[]): Promise<DeviceRow[]> {
  const result =
    await sql<Source>`select ${rowColumns} from ${rowTables} where d.deleted_at is null and d.uuid = any(${[...uuids]}::text[])`.execute(
      db,
    )
  return result.rows.map(toDeviceRow)
}
