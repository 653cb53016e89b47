import { sql, type Kysely } from 'kysely'
import type { Schema } from '../../platform/db/schema.ts'
import { readVariables } from '../../platform/variables.ts'
import type { EventFigure, Figure, Side } from './compare.rules.ts'

type Db = Kysely<Schema>
export type ComparedDevice = {
  id: number
  uuid: string
  name: string
  fleetId: number
  fleetName: string
  row: Omit<Side, 'services' | 'variables' | 'events'>
}

export async function readCompared(db: Db, uuid: string): Promise<ComparedDevice | null> {
  const device = await db
    .selectFrom('device as d')
    .innerJoin('fleet as f', 'f.id', 'd.fleet_id')
    .leftJoin('release as r', 'r.id', 'd.current_release_id')
    .selectAll('d')
    .select(['f.name as fleet_name', 'r.semver'])
    .where('d.uuid', '=', uuid)
    .where('d.deleted_at', 'is', null)
    .executeTakeFirst()
  if (!device) return null
  return {
    id: device.id,
    uuid: device.uuid,
    name: device.name,
    fleetId: device.fleet_id,
    fleetName: device.fleet_name,
    row: {
      deviceType: device.device_type,
      release: device.semver,
      os: device.os_version,
      supervisor: device.supervisor_version,
      tags: device.tags,
      metrics: {
        cpu: device.cpu_percent,
        temperature: device.cpu_temperature_c,
        memory: device.memory_used_mib,
        memoryTotal: device.memory_total_mib,
        storage: device.storage_used_mib,
        storageTotal: device.storage_total_mib,
      },
    },
  }
}

/** The image of each service as it runs; while an update is under way, the one that runs counts. */
export async function readServices(db: Db, deviceId: number): Promise<Record<string, string>> {
  const { rows } = await sql<{ name: string; image: string; status: string }>`
    select distinct on (service_name) service_name as name, image, status from device_service
    where device_id = ${deviceId} order by service_name, (status = 'Running') desc, updated_at desc`.execute(
    db,
  )
  return Object.fromEntries(rows.map((row) => [row.name, `${row.image} (${row.status})`]))
}

/** The variables that count, by name and, where they are meant for one, their service. */
export async function readEffectiveVariables(
  db: Db,
  fleetId: number,
  deviceId: number | null,
): Promise<Record<string, string>> {
  const variables = await readVariables(db, fleetId, deviceId)
  return Object.fromEntries(
    variables
      .filter(({ isEffective }) => isEffective)
      .map(({ name, service, value }) => [service === null ? name : `${name} (${service})`, value]),
  )
}

export const noEvents: Record<EventFigure, number> = {
  restarts: 0,
  reboots: 0,
  offline: 0,
  offlineMs: 0,
  failedUpdates: 0,
  criticals: 0,
}

/** Counts of events by device since `from`; devices to which nothing happened are absent. */
export async function countEvents(
  db: Db,
  deviceIds: readonly number[],
  from: Date,
  now: Date,
): Promise<Map<number, Record<EventFigure, number>>> {
  const { rows } = await sql<{ device_id: number } & Record<EventFigure, number>>`
    with event as (
      select device_id, at, kind, severity, data,
        lead(at) over (partition by device_id, kind order by id) as next_at
      from device_event where device_id = any(${[...deviceIds]}::bigint[]) and at >= ${from}
    )
    select device_id,
      coalesce(sum((data ->> 'times')::int) filter (where kind = 'service' and data ? 'times'), 0)::int as restarts,
      (count(*) filter (where kind = 'reboot'))::int as reboots,
      (count(*) filter (where kind = 'connectivity' and data ->> 'to' = 'offline'))::int as offline,
      coalesce(sum(extract(epoch from coalesce(next_at, ${now}::timestamptz) - greatest(coalesce((data ->> 'since')::timestamptz, at), ${from}::timestamptz)) * 1000)
        filter (where kind = 'connectivity' and data ->> 'to' = 'offline'), 0)::double precision as "offlineMs",
      (count(*) filter (where kind = 'update' and data ->> 'outcome' = 'failed'))::int as "failedUpdates",
      (count(*) filter (where kind = 'health' and severity = 'critical'))::int as criticals
    from event group by device_id`.execute(db)
  return new Map(rows.map(({ device_id, ...counts }) => [device_id, counts]))
}

const columns: Record<Figure, string> = {
  cpu: 'cpu_percent',
  temperature: 'cpu_temperature_c',
  memory: 'memory_used_mib',
  memoryTotal: 'memory_total_mib',
  storage: 'storage_used_mib',
  storageTotal: 'storage_total_mib',
}
export const figureNames = Object.keys(columns) as Figure[]

export type MetricSpread = { low: number; median: number; high: number; below: number; devices: number }

/** The spread of each figure over the fleet's devices that reported it, and where `own` falls; one scan of the fleet. */
export async function readMetricSpreads(
  db: Db,
  fleetId: number,
  own: Side['metrics'],
): Promise<Partial<Record<Figure, MetricSpread>>> {
  const parts = figureNames.map((name) => {
    const column = sql.ref(columns[name])
    return sql`json_build_object('spread', percentile_cont(array[0.1, 0.5, 0.9]) within group (order by ${column}),
      'devices', count(${column}), 'below', count(*) filter (where ${column} < ${own[name]}::double precision)) as ${sql.ref(name)}`
  })
  const { rows } = await sql<
    Record<Figure, { spread: [number, number, number] | null; devices: number; below: number }>
  >`select ${sql.join(parts)} from device where fleet_id = ${fleetId} and deleted_at is null`.execute(db)
  const [row] = rows
  const spreads: Partial<Record<Figure, MetricSpread>> = {}
  for (const name of figureNames) {
    const found = row?.[name]
    if (!found?.spread || found.devices === 0) continue
    const [low, median, high] = found.spread
    spreads[name] = { low, median, high, below: found.below / found.devices, devices: found.devices }
  }
  return spreads
}

export type CommonValue = { value: string | null; devices: number }

/** What most devices of a fleet run; how many there are. */
export async function readCommonSoftware(db: Db, fleetId: number) {
  const most = async (column: ReturnType<typeof sql>, from = sql`device d`): Promise<CommonValue> => {
    const { rows } = await sql<CommonValue>`
      select ${column} as value, count(*)::int as devices from ${from}
      where d.fleet_id = ${fleetId} and d.deleted_at is null group by 1 order by 2 desc, 1 limit 1`.execute(
      db,
    )
    return rows[0] ?? { value: null, devices: 0 }
  }
  return {
    deviceType: await most(sql`d.device_type`),
    release: await most(sql`r.semver`, sql`device d left join release r on r.id = d.current_release_id`),
    os: await most(sql`d.os_version`),
    supervisor: await most(sql`d.supervisor_version`),
  }
}

/** Devices of a fleet drawn evenly by a hash of their uuid, always the same ones; with what they run and are tagged. */
export async function sampleFleet(db: Db, fleetId: number, count: number) {
  const { rows } = await sql<{ id: number; tags: Record<string, string> }>`
    select id, tags from device where fleet_id = ${fleetId} and deleted_at is null order by md5(uuid) limit ${count}`.execute(
    db,
  )
  return rows
}

export async function readSampledServices(db: Db, deviceIds: readonly number[]) {
  const { rows } = await sql<{ name: string; value: string; devices: number }>`
    select distinct on (service_name) service_name as name, image || ' (' || status || ')' as value, count(*)::int as devices
    from device_service where device_id = any(${[...deviceIds]}::bigint[])
    group by service_name, image, status order by service_name, devices desc, value`.execute(db)
  return rows
}

export async function countFleet(db: Db, fleetId: number): Promise<number> {
  const { rows } = await sql<{ count: number }>`
    select count(*)::int as count from device where fleet_id = ${fleetId} and deleted_at is null`.execute(db)
  return rows[0]?.count ?? 0
}
