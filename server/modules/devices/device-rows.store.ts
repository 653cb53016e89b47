import { sql, type Kysely, type RawBuilder, type Transaction } from 'kysely'
import { z } from 'zod'
import type {
  Connectivity,
  DeviceFacets,
  DeviceFilter,
  DeviceListQuery,
  DeviceRow,
  UpdateState,
} from '#contract/device'
import type { Architecture } from '#contract/fleet'
import type { Health, HealthReason } from '#contract/health'
import type { Schema } from '../../platform/db/schema.ts'
import { Problem } from '../../platform/problem.ts'
import { deviceCondition, type FilterPart } from './device-filter.ts'

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
  sort_key: string | number | null
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

export const toDeviceRow = (row: Omit<Source, 'sort_key'>): DeviceRow => ({
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

/** What each sort orders by, with the type its key has in a cursor; null: by name alone. Ties are broken by name and id. */
const sortKeys: Record<
  DeviceListQuery['sort'],
  { key: RawBuilder<unknown> | null; type: RawBuilder<unknown> }
> = {
  trouble: { key: sql`d.health_rank`, type: sql`smallint` },
  name: { key: null, type: sql`text` },
  lastSeen: {
    key: sql`coalesce(extract(epoch from d.last_seen_at), 0)::double precision`,
    type: sql`double precision`,
  },
  release: { key: sql`coalesce(d.current_release_id, 0)`, type: sql`bigint` },
  os: { key: sql`coalesce(d.os_version, '')`, type: sql`text` },
  type: { key: sql`d.device_type`, type: sql`text` },
  cpu: { key: sql`coalesce(d.cpu_percent, -1)`, type: sql`integer` },
  temperature: { key: sql`coalesce(d.cpu_temperature_c, -1000)`, type: sql`integer` },
  memory: {
    key: sql`coalesce(d.memory_used_mib::double precision / nullif(d.memory_total_mib, 0), -1)`,
    type: sql`double precision`,
  },
  storage: {
    key: sql`coalesce(d.storage_used_mib::double precision / nullif(d.storage_total_mib, 0), -1)`,
    type: sql`double precision`,
  },
}

/** Where a page ended, and in which order: a cursor of another order is none of this list. */
export const deviceCursor = z.object({
  order: z.string(),
  key: z.union([z.string(), z.number(), z.null()]),
  name: z.string(),
  id: z.int(),
})
export type DeviceCursor = z.infer<typeof deviceCursor>

/** One page by keyset: constant cost however far down the list. Throws a 400 problem for a cursor of another order. */
export async function pageDevices(
  db: Db,
  query: DeviceListQuery,
  after: DeviceCursor | null,
): Promise<{ rows: DeviceRow[]; next: DeviceCursor | null }> {
  const { key, type } = sortKeys[query.sort]
  const order = `${query.sort} ${query.direction}`
  if (after !== null && after.order !== order)
    throw Problem.invalid('query.after', 'belongs to another order of this list; leave it out to start again')
  const direction = query.direction === 'asc' ? sql`asc` : sql`desc`
  const compare = query.direction === 'asc' ? sql`>` : sql`<`
  const columns = key === null ? sql`d.name, d.id` : sql`${key}, d.name, d.id`
  const ordered =
    key === null
      ? sql`d.name ${direction}, d.id ${direction}`
      : sql`${key} ${direction}, d.name ${direction}, d.id ${direction}`
  const edge =
    key === null
      ? sql`${after?.name}::text, ${after?.id}::bigint`
      : sql`${after?.key}::${type}, ${after?.name}::text, ${after?.id}::bigint`
  const page = await sql<Source>`
    select ${rowColumns}, ${key ?? sql`null`} as sort_key from ${rowTables}
    where ${deviceCondition(query)} and ${after === null ? sql`true` : sql`(${columns}) ${compare} (${edge})`}
    order by ${ordered} limit ${query.limit + 1}`.execute(db)
  const shown = page.rows.slice(0, query.limit)
  const last = shown.at(-1)
  return {
    rows: shown.map(toDeviceRow),
    next:
      page.rows.length > query.limit && last
        ? { order, key: last.sort_key, name: last.name, id: last.id }
        : null,
  }
}

export async function countDevices(db: Db, filter: DeviceFilter): Promise<number> {
  const result = await sql<{
    count: number
  }>`select count(*)::int as count from device d where ${deviceCondition(filter)}`.execute(db)
  return result.rows[0]?.count ?? 0
}

/** These devices, whatever the filter, in no order. */
export async function rowsByUuid(db: Db, uuids: readonly string[]): Promise<DeviceRow[]> {
  const result =
    await sql<Source>`select ${rowColumns}, 0 as sort_key from ${rowTables} where d.deleted_at is null and d.uuid = any(${[...uuids]}::text[])`.execute(
      db,
    )
  return result.rows.map(toDeviceRow)
}

/** Which of these devices match a filter now. */
export async function matchingUuids(
  db: Db,
  filter: DeviceFilter,
  uuids: readonly string[],
): Promise<Set<string>> {
  const result = await sql<{
    uuid: string
  }>`select d.uuid from device d where d.uuid = any(${[...uuids]}::text[]) and ${deviceCondition(filter)}`.execute(
    db,
  )
  return new Set(result.rows.map((row) => row.uuid))
}

const MAX_FACET_VALUES = 50
type Facet = DeviceFacets['health']

async function facet(
  db: Db,
  filter: DeviceFilter,
  part: FilterPart,
  value: RawBuilder<unknown>,
  from: RawBuilder<unknown>,
  label: RawBuilder<unknown> = value,
): Promise<Facet> {
  const result = await sql<{ value: string; label: string; count: number }>`
    select ${value} as value, min(${label}) as label, count(distinct d.id)::int as count from ${from}
    where ${deviceCondition(filter, part)} and ${value} is not null group by ${value} order by count desc, value limit ${MAX_FACET_VALUES}`.execute(
    db,
  )
  return result.rows
}

/** Counts by value of every facet, each with all the other filters applied. */
export async function readFacets(db: Db, filter: DeviceFilter): Promise<DeviceFacets> {
  const plain = sql`device d`
  return {
    health: await facet(db, filter, 'health', sql`d.health`, plain),
    connectivity: await facet(db, filter, 'connectivity', sql`d.connectivity`, plain),
    reason: await facet(
      db,
      filter,
      'reason',
      sql`reason ->> 'code'`,
      sql`device d, jsonb_array_elements(d.health_reasons) reason`,
    ),
    deviceType: await facet(
      db,
      filter,
      'deviceType',
      sql`d.device_type`,
      sql`device d join device_type t on t.slug = d.device_type`,
      sql`t.name`,
    ),
    release: await facet(
      db,
      filter,
      'release',
      sql`coalesce(d.current_release_id::text, 'none')`,
      sql`device d left join release c on c.id = d.current_release_id`,
      sql`coalesce(c.semver, 'no release')`,
    ),
    os: await facet(db, filter, 'os', sql`d.os_version`, plain),
    update: await facet(db, filter, 'update', sql`d.update_state`, plain),
    tag: await facet(
      db,
      filter,
      'tag',
      sql`tag.key || ':' || tag.value`,
      sql`device d, jsonb_each_text(d.tags) tag`,
    ),
    pinned: await facet(
      db,
      filter,
      'pinned',
      sql`(d.pinned_release_id is not null)::text`,
      plain,
      sql`case when d.pinned_release_id is null then 'Not pinned' else 'Pinned' end`,
    ),
  }
}
