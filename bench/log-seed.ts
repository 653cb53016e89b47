/** Millions of log lines of one fleet, made inside the database, and what the database says of a search over them. */
import path from 'node:path'
import { PGlite } from '@electric-sql/pglite'
import pg from 'pg'
import type { TestGateway } from '../e2e/fixtures/test-gateway.ts'

export const DEVICES = 1_000
/** Lines are spread evenly over so long, up to now. */
export const SPAN_MS = Number(process.env.BENCH_LOG_HOURS ?? 168) * 3_600_000
const CHUNK = 250_000

/** A store spoken to directly, past the gateway. */
export type RawStore = {
  query: (text: string) => Promise<Record<string, unknown>[]>
  close: () => Promise<void>
}

/** PostgreSQL at `url`, or the embedded database of a stopped gateway. */
export async function openRaw(gateway: TestGateway, url: string | null): Promise<RawStore> {
  if (url === null) {
    const db = await PGlite.create({ dataDir: path.join(gateway.process.dataFolder, 'pglite') })
    return {
      query: async (text) => (await db.query<Record<string, unknown>>(text)).rows,
      close: () => db.close(),
    }
  }
  const client = new pg.Client({ connectionString: url })
  await client.connect()
  return {
    query: async (text) => (await client.query<Record<string, unknown>>(text)).rows,
    close: () => client.end(),
  }
}

export type Seeded = {
  fleetId: number
  firstDeviceId: number
  lines: number
  fromMs: number
  seconds: number
}

/** Lines `from` to `to` (numbers): four services and the system, one line in 16 a JSON object, one in about 2,000 a stall. */
const insertLines = (seed: Seeded, from: number, to: number) => `
  insert into log_line (device_id, fleet_id, service_name, is_system, is_stderr, level, at, received_at, message)
  select ${String(seed.firstDeviceId)} + (n * 7919) % ${String(DEVICES)}, ${String(seed.fleetId)},
    case when n % 2003 = 17 then 'uplink' else (array['sensor', 'uplink', 'display', 'sensor', 'uplink', 'watch', 'sensor', null])[n % 8 + 1] end,
    n % 8 = 7 and n % 2003 <> 17, n % 29 = 0,
    case when n % 2003 = 17 or n % 29 = 0 then 'error' when n % 31 = 0 then 'warning' when n % 5 = 0 then 'debug' else 'info' end,
    at, at,
    case when n % 2003 = 17 then 'Valve ' || n % 97 || ' stalled, retry ' || n % 7 || ' after ' || n % 887 || ' ms; motor current ' || n % 1409 || ' mA'
      when n % 16 = 3 then '{"event":"request","status":' || (array[200, 200, 304, 404, 500])[n % 5 + 1] || ',"path":"/measure/' || n % 4001 || '","ms":' || n % 677 || ',"peer":{"name":"pump-' || n % 53 || '"}}'
      else 'Measured pressure ' || n % 977 || ' mbar, flow ' || n % 331 || ' l/min at pump ' || n % 53 || '; battery ' || n % 101 || ' %, next sample in ' || n % 61 || ' s, session ' || to_hex(n * 2654435761 % 4294967296) end
  from (select n, to_timestamp(${String(seed.fromMs / 1000)} + n * ${String(SPAN_MS / 1000)}::double precision / ${String(seed.lines)}) as at
    from generate_series(${String(from)}::bigint, ${String(to)}) as n) as made`

/** Indexes of log_line besides its key, as the migrations make them: many lines are added faster without. */
const indexes = {
  log_line_by_device: '(device_id, id)',
  log_line_by_fleet: '(fleet_id, id)',
  log_line_by_time: '(received_at)',
}

/** Fills a store with the devices and lines of one fleet. */
export async function seedLines(store: RawStore, fleetId: number, lines: number): Promise<Seeded> {
  const startMs = performance.now()
  const devices = await store.query(`
    insert into device (uuid, name, fleet_id, device_type, key_hash)
    select md5('bench ' || n), 'bench-' || n, ${String(fleetId)}, 'raspberrypi4-64', md5('key ' || n)
    from generate_series(1, ${String(DEVICES)}) as n returning id`)
  const firstDeviceId = Math.min(...devices.map((row) => Number(row.id)))
  const seed: Seeded = { fleetId, firstDeviceId, lines, fromMs: Date.now() - SPAN_MS, seconds: 0 }
  await store.query('alter table log_line disable trigger user')
  for (const name of Object.keys(indexes)) await store.query(`drop index ${name}`)
  for (let from = 1; from <= lines; from += CHUNK)
    await store.query(insertLines(seed, from, Math.min(lines, from + CHUNK - 1)))
  for (const [name, columns] of Object.entries(indexes))
    await store.query(`create index ${name} on log_line ${columns}`)
  await store.query(`
    insert into log_usage select fleet_id, date_trunc('hour', received_at, 'UTC'), count(*), sum(octet_length(message) + 160)
    from log_line group by 1, 2`)
  await store.query('alter table log_line enable trigger user')
  return { ...seed, seconds: (performance.now() - startMs) / 1000 }
}

const BATCHES = 200
const BATCH = 500

/** Lines stored a second in batches as the gateway writes them, with and without the tally that triggers keep. */
export async function measureStoring(
  store: RawStore,
  seed: Seeded,
): Promise<{ with: number; without: number }> {
  let next = seed.lines + 1
  const run = async () => {
    const startMs = performance.now()
    for (let batch = 0; batch < BATCHES; batch++, next += BATCH)
      await store.query(insertLines(seed, next, next + BATCH - 1))
    return (BATCHES * BATCH * 1000) / (performance.now() - startMs)
  }
  await run()
  const kept = await run()
  await store.query('alter table log_line disable trigger user')
  const without = await run()
  await store.query('alter table log_line enable trigger user')
  return { with: kept, without }
}

/** How the store goes about the lines of one hour of a service with a text: the statement the gateway sends. */
export async function explainSearch(
  store: RawStore,
  seed: Seeded,
  from: string,
  to: string,
): Promise<string[]> {
  const near = (at: string) => `
    (select id from log_line where received_at < '${at}' order by received_at desc limit 500)
    union all (select id from log_line where received_at >= '${at}' order by received_at limit 500)`
  const [ids] = await store.query(
    `select (select min(id) from (${near(from)}) as low) as low, (select max(id) from (${near(to)}) as high) as high`,
  )
  const rows = await store.query(`
    explain (analyze, buffers, timing off) select lines.*, d.uuid, d.name, d.deleted_at from (
      select l.id, l.device_id, l.at, l.received_at, l.service_name, l.is_system, l.is_stderr, l.level, l.message
      from log_line l where l.id between ${String(ids?.low)} and ${String(ids?.high)} and l.fleet_id = ${String(seed.fleetId)}
        and greatest(l.received_at) >= '${from}' and greatest(l.received_at) <= '${to}' and l.service_name = any('{uplink}'::text[])
        and l.message collate "C" ilike '%stalled%' order by l.id desc limit 501) as lines
    left join device d on d.id = lines.device_id order by lines.id desc`)
  return rows.map((row) => String(row['QUERY PLAN']))
}

/** Bytes of the lines with their indexes, as they lie in the store. */
export async function storedBytes(store: RawStore): Promise<number> {
  const [row] = await store.query(`select pg_total_relation_size('log_line')::text as bytes`)
  return Number(row?.bytes)
}
