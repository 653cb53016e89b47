/** Many devices in steady state, made inside the database, and the reports that they send. */
import { createHash } from 'node:crypto'
import { deviceApiPaths } from '#contract/device-protocol'
import type { TestGateway } from '../e2e/fixtures/test-gateway.ts'
import type { RawStore } from './log-seed.ts'
import { requestBytes } from './raw-http.ts'

const CHUNK = 10_000
const serviceNames = ['sensor', 'uplink', 'display']
const md5 = (text: string) => createHash('md5').update(text).digest('hex')

export const uuidOf = (n: number) => md5(`ingest ${String(n)}`)
export const keyOf = (n: number) => md5(`ingest key ${String(n)}`)

/** What the devices of a fleet run. */
export type Runs = { appUuid: string; commit: string; images: { name: string; image: string }[] }

export type IngestFleet = { fleetId: number; runs: Runs }

/** A fleet with one final release, through the API of the gateway. */
export async function makeIngestFleet({ api }: TestGateway, name = 'Ingest'): Promise<IngestFleet> {
  const fleet = await api.call('createFleet', { body: { name, deviceType: 'raspberrypi4-64' } })
  const { runs } = await makeIngestRelease(api, fleet, 1)
  return { fleetId: fleet.id, runs }
}

/** A final release of a fleet, with the same services in other images for each major version. */
export async function makeIngestRelease(
  api: TestGateway['api'],
  fleet: { id: number; uuid: string },
  major: number,
): Promise<{ releaseId: number; runs: Runs }> {
  const images = serviceNames.map((name) => ({ name, image: `registry.test/${name}:${String(major)}` }))
  const composeYaml = [
    'services:',
    ...images.map(({ name, image }) => `  ${name}:\n    image: ${image}`),
  ].join('\n')
  const release = await api.call('createRelease', {
    params: { fleetId: fleet.id },
    body: { semver: `${String(major)}.0.0`, composeYaml },
  })
  return { releaseId: release.id, runs: { appUuid: fleet.uuid, commit: release.commit, images } }
}

const insertDevices = (fleetId: number, from: number, to: number) => `
  insert into device (uuid, name, fleet_id, device_type, key_hash, connectivity, connectivity_changed_at, last_seen_at,
    last_poll_at, last_report_at, next_check_at, health, health_rank, target_release_id, current_release_id, os_version,
    os_variant, supervisor_version, status, provisioning_state, ip_address, metrics_at, memory_used_mib, memory_total_mib,
    storage_used_mib, storage_total_mib, cpu_percent, cpu_temperature_c, is_undervolted, joined_at,
    public_address)
  select md5('ingest ' || n), 'device ' || n, f.id, f.device_type, encode(sha256(convert_to(md5('ingest key ' || n), 'UTF8')), 'hex'),
    'online', now() - interval '1 hour', now(), now(), now(), now() + interval '15 minutes', 'ok', 3, f.target_release_id,
    f.target_release_id, 'balenaOS 6.5.3', 'prod', '17.0.1', 'Idle', '', '10.' || n / 62500 || '.' || n / 250 % 250 || '.' || 1 + n % 250,
    now() - random() * interval '60 seconds', 300, 1906, 4000, 14500, 10, 50, false,
    now() - interval '30 days', '127.0.0.1'
  from fleet f, generate_series(${String(from)}, ${String(to)}) as n where f.id = ${String(fleetId)}`

/** The devices numbered `from` to `to`, as they are stored when they have polled and reported for long. */
export async function seedIngestDevices(
  store: RawStore,
  { fleetId }: IngestFleet,
  from: number,
  to: number,
): Promise<void> {
  for (let at = from; at <= to; at += CHUNK)
    await store.query(insertDevices(fleetId, at, Math.min(to, at + CHUNK - 1)))
  await store.query(`
    insert into device_service (device_id, release_commit, service_name, image, status)
    select d.id, r.commit, s.name, i.image, 'Running' from device d join release r on r.id = d.target_release_id
      join release_image i on i.release_id = r.id join service s on s.id = i.service_id
    where d.fleet_id = ${String(fleetId)}
    on conflict do nothing`)
  // Devices that are searched for are indexed by a job: that is not what is measured here.
  await store.query('delete from device_term_due')
  await store.query('vacuum analyze device')
  await store.query('vacuum analyze device_service')
}

const SPREAD = 1_000
const LEAST_MEMORY = 300
const LEAST_STORAGE = 4_000

/** Every report of a device differs from the one before, and tells by its figures which one it was. */
export const figuresOf = (sequence: number) => ({
  memory: LEAST_MEMORY + (sequence % SPREAD),
  storage: LEAST_STORAGE + Math.floor(sequence / SPREAD),
})
export const sequenceOf = (memoryMib: number, storageMib: number) =>
  (storageMib - LEAST_STORAGE) * SPREAD + memoryMib - LEAST_MEMORY

export type ReportKind = 'whole' | 'metrics'

/** Makes the bytes of the report numbered `sequence` of the device numbered `n`. */
export function reportBytes(runs: Runs, kind: ReportKind) {
  const services = runs.images.map(({ name, image }) => `"${name}":{"image":"${image}","status":"Running"}`)
  const apps = `"apps":{"${runs.appUuid}":{"release_uuid":"${runs.commit}","releases":{"${runs.commit}":{"update_status":"done","services":{${services.join(',')}}}}}}`
  const still = `"status":"Idle","os_version":"balenaOS 6.5.3","os_variant":"prod","supervisor_version":"17.0.1","provisioning_state":""`
  return (uuid: string, key: string, n: number, sequence: number): string => {
    const { memory, storage } = figuresOf(sequence)
    const metrics = `"memory_usage":${String(memory)},"memory_total":1906,"storage_usage":${String(storage)},"storage_total":14500,"cpu_temp":${String(45 + (sequence % 20))},"cpu_usage":${String(sequence % 60)},"is_undervolted":false`
    const address = `"ip_address":"10.${String(Math.floor(n / 62_500))}.${String(Math.floor(n / 250) % 250)}.${String(1 + (n % 250))}"`
    const report = kind === 'whole' ? `${still},${address},${metrics},${apps}` : metrics
    return requestBytes('PATCH', deviceApiPaths.reportState, key, `{"${uuid}":{${report}}}`)
  }
}
