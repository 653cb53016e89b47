/** Fleets of devices as they are after months: sizes, releases, health, metrics and tags spread unevenly. */
import type { TestGateway } from '../e2e/fixtures/test-gateway.ts'
import type { RawStore } from './log-seed.ts'

const CHUNK = 10_000
const FLEETS = 8
const RELEASES = 6
/** One device in so many went offline within the last two hours. */
const EVENT_SHARE = 20

const list = (words: string) => `array['${words.split(' ').join("','")}']`
const sites = list(
  'aachen antwerp bergen bilbao bremen bristol cork dresden essen gdansk geneva ghent graz hamburg kassel krakow leeds leipzig lille linz lyon malmo mainz nantes odense oulu porto riga rostock seville tampere turin utrecht vilnius zagreb',
)
const roles = list('pump sensor gateway kiosk camera meter display valve charger signage weather compressor')
const types = list('raspberrypi4-64 raspberrypi5 raspberrypi4-64 intel-nuc raspberrypi3 jetson-xavier')
const versions = list('6.5.3 6.5.3 6.4.0 6.0.24 5.3.21')
const states = list('downloading downloaded applying waiting rejected aborted')

/** Element of an array by a number that depends on the row and a salt alone. */
const drawn = (salt: string, below: number) =>
  `(('x' || substr(md5('${salt} ' || n), 1, 7))::bit(28)::int % ${String(below)})`
const pick = (array: string, salt: string) =>
  `(${array})[1 + ${drawn(salt, 1000)} % array_length(${array}, 1)]`
/** Small numbers are drawn far more often: the first fleet has about half of all devices. */
const skewed = (salt: string, below: number) =>
  `least(${String(below - 1)}, floor(-ln((1 + ${drawn(salt, 9999)}) / 10001.0) * 1.4))::int`

const reason = (code: string, severity: string, layer: string) =>
  `jsonb_build_array(jsonb_build_object('code', '${code}', 'layer', '${layer}', 'severity', '${severity}', 'since', '2026-01-01T00:00:00.000Z', 'evidence', 'as it was seen'))`

const health = drawn('health', 100)
const connectivity = `case when ${drawn('connectivity', 100)} < 88 then 'online' when ${drawn('connectivity', 100)} < 91 then 'late' when ${drawn('connectivity', 100)} < 99 then 'offline' else 'never' end`

const insertDevices = (
  fleetIds: readonly number[],
  releaseIds: readonly number[],
  from: number,
  to: number,
) => `
  insert into device (uuid, name, fleet_id, device_type, key_hash, connectivity, last_seen_at, health, health_rank, health_reasons,
    tags, ip_address, mac_address, cpu_id, current_release_id, target_release_id, pinned_release_id, update_state, update_percent,
    os_version, supervisor_version, cpu_percent, cpu_temperature_c, memory_used_mib, memory_total_mib, storage_used_mib,
    storage_total_mib, metrics_at)
  select md5('bench ' || n), ${pick(sites, 'name')} || '-' || ${pick(roles, 'role')} || '-' || lpad(n::text, 6, '0'), fleet_id,
    ${pick(types, 'type')}, md5('key ' || n), ${connectivity}, now() - ${drawn('seen', 86400)} * interval '1 second',
    case when ${health} < 3 then 'critical' when ${health} < 10 then 'attention' when ${health} < 13 then 'unknown' else 'ok' end,
    case when ${health} < 3 then 0 when ${health} < 10 then 1 when ${health} < 13 then 2 else 3 end,
    case when ${health} < 3 then ${reason('offline', 'critical', 'network')}
      when ${health} < 6 then ${reason('cpu-temperature', 'attention', 'hardware')}
      when ${health} < 10 then ${reason('service-crash-loop', 'attention', 'service')}
      when ${health} < 13 then ${reason('never-seen', 'unknown', 'supervisor')} else '[]' end,
    jsonb_build_object('site', ${pick(sites, 'site')}, 'owner', ${pick(sites, 'owner')} || ' ' || ${pick(roles, 'owns')}, 'rack', 'r' || n % 700),
    '10.' || n / 62500 || '.' || n / 250 % 250 || '.' || 1 + n % 250,
    upper(regexp_replace('dca632' || lpad(to_hex(n * 7919::bigint % 16777216), 6, '0'), '(..)(?!$)', '\\1:', 'g')),
    '1000000' || substr(md5('serial ' || n), 1, 9),
    case when ${drawn('release', 50)} = 0 then null else release_id end, release_id,
    case when ${drawn('pinned', 40)} = 0 then release_id end,
    case when ${drawn('updates', 20)} = 0 then ${pick(states, 'update')} else 'idle' end,
    case when ${drawn('updates', 20)} = 0 then ${drawn('percent', 101)} end,
    case when ${drawn('os', 100)} = 0 then null else ${pick(versions, 'version')} end, '16.7.4',
    ${drawn('cpu', 101)}, 35 + ${drawn('temperature', 50)}, 100 + ${drawn('memory', 3500)}, 3795, 2000 + ${drawn('storage', 25000)}, 28600, now()
  from (select n, (array[${fleetIds.join(',')}]::bigint[])[1 + fleet] as fleet_id,
      (array[${releaseIds.join(',')}]::bigint[])[1 + fleet * ${String(RELEASES)} + ${skewed('which release', RELEASES)}] as release_id
    from (select n, ${skewed('fleet', FLEETS)} as fleet from generate_series(${String(from)}, ${String(to)}) as n) as drawn_fleet) as made`

const insertEvents = `
  insert into device_event (at, device_id, fleet_id, kind, summary, data)
  select now() - (id % 7000) * interval '1 second', id, fleet_id, 'connectivity', 'Went offline', '{"to":"offline"}'
  from device where id % ${String(EVENT_SHARE)} = 0`

export type Seeded = { fleetIds: number[]; releaseIds: number[] }

/** Fleets and releases by the gateway's own API; devices follow by `seedUpTo`. */
export async function makeFleets({ api }: TestGateway): Promise<Seeded> {
  const seeded: Seeded = { fleetIds: [], releaseIds: [] }
  for (let fleet = 0; fleet < FLEETS; fleet++) {
    const { id: fleetId } = await api.call('createFleet', {
      body: { name: `Bench fleet ${String(fleet + 1)}`, deviceType: 'raspberrypi4-64' },
    })
    seeded.fleetIds.push(fleetId)
    for (let release = 0; release < RELEASES; release++) {
      const { id } = await api.call('createRelease', {
        params: { fleetId },
        body: {
          semver: `1.${String(release)}.0`,
          composeYaml: `services:\n  main:\n    image: registry.test/main:1.${String(release)}.0\n`,
        },
      })
      seeded.releaseIds.push(id)
    }
  }
  return seeded
}

/** Adds devices `from + 1` to `to`, and what happened to them lately; answers how many seconds it took. */
export async function seedUpTo(store: RawStore, seeded: Seeded, from: number, to: number): Promise<number> {
  const startMs = performance.now()
  for (let first = from + 1; first <= to; first += CHUNK)
    await store.query(
      insertDevices(seeded.fleetIds, seeded.releaseIds, first, Math.min(to, first + CHUNK - 1)),
    )
  await store.query('delete from device_event')
  await store.query(insertEvents)
  // Quiet devices: made findable before, and due for no check.
  await store.query('delete from device_term_due')
  await store.query('analyze')
  return (performance.now() - startMs) / 1000
}
