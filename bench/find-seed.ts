/** 100,000 devices with names, tags, addresses and numbers as fleets have them, made inside the database. */
import type { RawStore } from './log-seed.ts'

const CHUNK = 10_000

const list = (words: string) => `array['${words.split(' ').join("','")}']`
const adjectives = list(
  'amber bold brisk calm clear coral crisp deft dusky early fair frosty gentle golden grand hardy humble icy jolly keen kind late lively lucid mellow misty noble olive pale plain proud quick quiet rapid rosy rustic sharp silent silver sleek snowy solid steady sunny swift tidy vivid warm wild',
)
const nouns = list(
  'aspen badger basin beacon birch brook cedar cliff comet condor crane delta dune eagle ember falcon fern fjord forest glade harbor hawk heron island juniper lagoon lake lantern lark maple marsh meadow mesa moss oak osprey otter pine pond prairie quartz reef ridge river robin sparrow spruce stone summit thistle thrush tundra valley willow wren',
)
const sites = list(
  'aachen antwerp bergen bilbao bremen bristol cork dresden essen gdansk geneva ghent graz hamburg kassel krakow leeds leipzig lille linz lyon malmo mainz nantes odense oulu porto riga rostock seville tampere turin utrecht vilnius zagreb',
)
const roles = list('pump sensor gateway kiosk camera meter display valve charger signage weather compressor')
/** Element of an array by a number that depends on the row alone. */
const pick = (array: string, factor: number) =>
  `(${array})[1 + (n * ${String(factor)} / 7) % array_length(${array}, 1)]`

/** A third plain two-word names, a third site, role and counter, a fifth hexadecimal host names, the rest free text. */
const name = `case
  when n % 15 < 5 then ${pick(adjectives, 13)} || '-' || ${pick(nouns, 31)} || case when n > 8000 then '-' || n % 997 else '' end
  when n % 15 < 10 then ${pick(sites, 17)} || '-' || ${pick(roles, 11)} || '-' || lpad((n / 15)::text, 5, '0')
  when n % 15 < 13 then 'gw-' || substr(md5('host ' || n), 1, 10)
  else initcap(${pick(sites, 23)}) || ' hall ' || n % 40 || ', ' || ${pick(roles, 29)} || ' ' || n end`

const insertDevices = (fleetId: number, from: number, to: number) => `
  insert into device (uuid, name, fleet_id, device_type, key_hash, connectivity, last_seen_at, health, health_rank, tags,
    ip_address, mac_address, cpu_id)
  select md5('bench ' || n), ${name}, ${String(fleetId)}, 'raspberrypi4-64', md5('key ' || n),
    case when n % 12 = 0 then 'offline' else 'online' end, now() - n * interval '1 second',
    case when n % 50 = 0 then 'critical' else 'ok' end, case when n % 50 = 0 then 0 else 3 end,
    jsonb_build_object('site', ${pick(sites, 17)}, 'owner', ${pick(nouns, 5)} || ' ' || ${pick(roles, 3)} || ' ltd', 'rack', 'r' || n % 700),
    '10.' || n / 62500 || '.' || n / 250 % 250 || '.' || 1 + n % 250 || ' fd00::' || to_hex(n),
    upper(regexp_replace('dca632' || lpad(to_hex(n * 7919 % 16777216), 6, '0'), '(..)(?!$)', '\\1:', 'g')),
    '1000000' || substr(md5('serial ' || n), 1, 9)
  from generate_series(${String(from)}, ${String(to)}) as n`

/** Fills a store with devices of one fleet; answers how many seconds it took. */
export async function seedDevices(store: RawStore, fleetId: number, devices: number): Promise<number> {
  const startMs = performance.now()
  for (let from = 1; from <= devices; from += CHUNK)
    await store.query(insertDevices(fleetId, from, Math.min(devices, from + CHUNK - 1)))
  return (performance.now() - startMs) / 1000
}

export type SeededDevice = {
  uuid: string
  name: string
  ip: string
  mac: string
  serial: string
  site: string
}

/** Devices spread over all, to search for. */
export async function sampleDevices(store: RawStore, count: number): Promise<SeededDevice[]> {
  const rows = await store.query(`
    select uuid, name, split_part(ip_address, ' ', 1) as ip, mac_address as mac, cpu_id as serial, tags ->> 'site' as site
    from device where id % greatest(1, (select count(*) from device) / ${String(count)}) = 1 order by md5(uuid) limit ${String(count)}`)
  return rows.map((row) => ({
    uuid: String(row.uuid),
    name: String(row.name),
    ip: String(row.ip),
    mac: String(row.mac),
    serial: String(row.serial),
    site: String(row.site),
  }))
}
