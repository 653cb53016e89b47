import { sql, type Kysely } from 'kysely'
import type { Schema } from '../../platform/db/schema.ts'
import type { FacetLabels } from './device-facets.ts'
import type { IndexedDevice } from './indexed-device.ts'
import { newsKinds, type News, type NewsKind } from './recent-events.ts'

type Db = Kysely<Schema>

/** Changes are kept so long; a gateway that was away for longer reads everything anew. */
const KEPT_FOR = sql`interval '2 minutes'`

/** What was visible to a statement: everything committed before it, and nothing of what was under way (pg_snapshot). */
export type Snapshot = string
export type Seen = {
  snapshot: Snapshot
  /** Null: something was forgotten, or everything changed; all must be read anew. */
  deviceIds: ReadonlySet<number> | null
  eventIds: readonly number[]
}

/**
 * A snapshot to begin with: read it before the devices. Also forgets changes under transaction numbers that this database
 * has not given out yet: they were restored from another one.
 */
export async function beginSnapshot(db: Db): Promise<Snapshot> {
  await sql`delete from device_change where tx >= pg_snapshot_xmax(pg_current_snapshot())`.execute(db)
  await sql`delete from device_change_floor where tx >= pg_snapshot_xmax(pg_current_snapshot())`.execute(db)
  const { rows } = await sql<{
    snapshot: string
  }>`select pg_current_snapshot()::text as snapshot`.execute(db)
  const [row] = rows
  if (!row) throw new Error('the store answered no snapshot')
  return row.snapshot
}

/** How the store makes small letters: of some locales' databases only the 26 of English have any. */
export async function readFolding(db: Db): Promise<(text: string) => string> {
  const { rows } = await sql<{ folds: boolean }>`select 'Ä' ilike 'ä' as folds`.execute(db)
  return rows[0]?.folds === true
    ? (text) => text.toLowerCase()
    : (text) => text.replace(/[A-Z]+/g, (letters) => letters.toLowerCase())
}

/** Whose changes became visible since a snapshot: each is answered once, however long its transaction took. */
export async function readChanges(db: Db, since: Snapshot): Promise<Seen> {
  const { rows } = await sql<{
    snapshot: string
    has_gap: boolean
    is_change: boolean
    device_ids: string[] | null
    event_ids: string[] | null
  }>`
    select pg_current_snapshot()::text as snapshot, c.tx is not null as is_change, c.device_ids, c.event_ids,
      exists (select 1 from device_change_floor where tx >= pg_snapshot_xmin(${since}::pg_snapshot)) as has_gap
    from (select 1) as one left join device_change c
      on c.tx >= pg_snapshot_xmin(${since}::pg_snapshot) and not pg_visible_in_snapshot(c.tx, ${since}::pg_snapshot)`.execute(
    db,
  )
  const [first] = rows
  if (!first) throw new Error('the store answered no snapshot')
  const changes = rows.filter((row) => row.is_change)
  const isAll = first.has_gap || changes.some((row) => row.device_ids === null)
  return {
    snapshot: first.snapshot,
    deviceIds: isAll ? null : new Set(changes.flatMap((row) => (row.device_ids ?? []).map(Number))),
    eventIds: changes.flatMap((row) => (row.event_ids ?? []).map(Number)),
  }
}

/** Job: forgets old changes that every transaction under way has been before. */
export async function pruneChanges(db: Db): Promise<void> {
  const { rows } = await sql`
    with gone as (
      delete from device_change where at < now() - ${KEPT_FOR} and tx < pg_snapshot_xmin(pg_current_snapshot()) returning tx)
    insert into device_change_floor as floor (tx) select tx from gone order by tx desc limit 1
    on conflict (is_only) do update set tx = greatest(floor.tx, excluded.tx) returning tx`.execute(db)
  // The embedded store never tidies up by itself, and this table is written with every report.
  if (rows.length > 0) await sql`vacuum device_change`.execute(db)
}

type Row = {
  id: number
  uuid: string
  name: string
  fleet_id: number
  device_type: string
  connectivity: IndexedDevice['connectivity']
  health: IndexedDevice['health']
  health_reasons: IndexedDevice['reasons']
  current_release_id: number | null
  is_pinned: boolean
  update_state: IndexedDevice['updateState']
  os_version: string | null
  tags: Record<string, string>
  ip_address: string | null
  mac_address: string | null
  cpu_id: string | null
  last_seen_ms: number | null
  cpu_percent: number | null
  cpu_temperature_c: number | null
  memory_used_mib: number | null
  memory_total_mib: number | null
  storage_used_mib: number | null
  storage_total_mib: number | null
}

const toDevice = (row: Row): IndexedDevice => ({
  id: row.id,
  uuid: row.uuid,
  name: row.name,
  fleetId: row.fleet_id,
  deviceType: row.device_type,
  connectivity: row.connectivity,
  health: row.health,
  reasons: row.health_reasons,
  releaseId: row.current_release_id,
  isPinned: row.is_pinned,
  updateState: row.update_state,
  osVersion: row.os_version,
  tags: row.tags,
  ipAddress: row.ip_address,
  macAddress: row.mac_address,
  cpuId: row.cpu_id,
  lastSeenAtMs: row.last_seen_ms,
  cpuPercent: row.cpu_percent,
  cpuTemperatureC: row.cpu_temperature_c,
  memoryUsedMib: row.memory_used_mib,
  memoryTotalMib: row.memory_total_mib,
  storageUsedMib: row.storage_used_mib,
  storageTotalMib: row.storage_total_mib,
})

const columns = sql`id, uuid, name, fleet_id, device_type, connectivity, health, health_reasons, current_release_id,
  pinned_release_id is not null as is_pinned, update_state, os_version, tags, ip_address, mac_address, cpu_id,
  floor(extract(epoch from last_seen_at) * 1000)::double precision as last_seen_ms, cpu_percent, cpu_temperature_c, memory_used_mib,
  memory_total_mib, storage_used_mib, storage_total_mib`

/** The next `limit` devices by id. */
export async function readDevicesAfter(db: Db, id: number, limit: number): Promise<IndexedDevice[]> {
  const { rows } = await sql<Row>`
    select ${columns} from device where id > ${id} and deleted_at is null order by id limit ${limit}`.execute(
    db,
  )
  return rows.map(toDevice)
}

/** Those of these devices that are there. */
export async function readDevices(db: Db, ids: readonly number[]): Promise<IndexedDevice[]> {
  const { rows } = await sql<Row>`
    select ${columns} from device where id = any(${[...ids]}::bigint[]) and deleted_at is null`.execute(db)
  return rows.map(toDevice)
}

/** What device types and releases are called. */
export async function readLabels(
  db: Db,
  named: { deviceTypes: readonly string[]; releaseIds: readonly number[] },
): Promise<FacetLabels> {
  const { rows } = await sql<{ is_release: boolean; value: string; label: string }>`
    select false as is_release, slug as value, name as label from device_type where slug = any(${[...named.deviceTypes]}::text[])
    union all select true, id::text, semver from release where id = any(${[...named.releaseIds]}::bigint[])`.execute(
    db,
  )
  const map = (isRelease: boolean) =>
    new Map(rows.filter((row) => row.is_release === isRelease).map((row) => [row.value, row.label]))
  return { deviceType: map(false), release: map(true) }
}

type EventRow = { device_id: number; fleet_id: number; at: Date } & Record<NewsKind, boolean>
const newsColumns = sql`device_id, fleet_id, at,
  kind = 'connectivity' and data ->> 'to' is not distinct from 'offline' as "wentOffline",
  kind = 'connectivity' and data ->> 'from' is not distinct from 'offline' as "cameBack",
  kind = 'update' and data ->> 'outcome' is not distinct from 'succeeded' as updated,
  kind = 'update' and data ->> 'outcome' is not distinct from 'failed' as "updateFailed",
  kind = 'health' and data ->> 'change' is not distinct from 'worse' as "healthWorsened"`

const toNews = (row: EventRow): News => ({
  deviceId: row.device_id,
  fleetId: row.fleet_id,
  atMs: row.at.getTime(),
  kinds: newsKinds.filter((kind) => row[kind]),
})

/** What fleets tell of the time since. */
export async function readNewsSince(db: Db, since: Date): Promise<News[]> {
  const { rows } = await sql<EventRow>`
    select ${newsColumns} from device_event where at > ${since} and kind in ('connectivity', 'update', 'health') order by at`.execute(
    db,
  )
  return rows.map(toNews)
}

export async function readNews(db: Db, eventIds: readonly number[]): Promise<News[]> {
  if (eventIds.length === 0) return []
  const { rows } = await sql<EventRow>`
    select ${newsColumns} from device_event where id = any(${[...eventIds]}::bigint[]) order by at`.execute(
    db,
  )
  return rows.map(toNews)
}
