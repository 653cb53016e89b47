import type { DeviceReport } from '#contract/device-protocol'
import { percentOf } from '../engine/downloads.ts'
import type { Engine } from '../engine/engine.ts'
import type { DesiredRelease } from '../engine/target.ts'

type Apps = NonNullable<DeviceReport['apps']>
type Release = NonNullable<Apps[string]['releases']>[string]
type Service = Release['services'][string]
type UpdateStatus = NonNullable<Release['update_status']>

/** A service of the target that has no container: how far its image is. */
function imageStatus(engine: Engine, image: string): Service {
  const download = engine.downloads.get(image)
  if (engine.images.has(image)) return { image, status: 'Downloaded' }
  return { image, status: 'Downloading', download_progress: download ? percentOf(download) : 0 }
}

/** The worst of what its services are, in upstream's order (device-protocol section 3). */
function updateStatus(services: readonly Service[]): UpdateStatus {
  if (
    services.some(
      (service) => typeof service.download_progress === 'number' && service.download_progress < 100,
    )
  )
    return 'downloading'
  const has = (...statuses: string[]) => services.some((service) => statuses.includes(service.status))
  if (has('Downloaded')) return 'downloaded'
  return has('Installing', 'Installed', 'Awaiting handover') ? 'applying changes' : 'done'
}

/** `apps` of a report: always whole, only what the target names. */
export function reportApps(
  engine: Engine,
  release: DesiredRelease | null,
  appUuids: readonly string[],
): Apps {
  return Object.fromEntries(
    appUuids.map((appUuid) => {
      const releases: Record<string, Release> = {}
      const put = (commit: string, name: string, service: Service) => {
        releases[commit] ??= { services: {} }
        releases[commit].services[name] = service
      }
      if (release?.appUuid === appUuid)
        for (const service of release.services)
          put(release.commit, service.name, imageStatus(engine, service.image))
      for (const container of engine.containers)
        if (container.appUuid === appUuid)
          put(container.commit, container.service, { image: container.image, status: container.status })
      for (const one of Object.values(releases)) one.update_status = updateStatus(Object.values(one.services))
      const applied = release?.appUuid === appUuid ? engine.appliedCommit : null
      return [appUuid, { ...(applied === null ? {} : { release_uuid: applied }), releases }]
    }),
  )
}

const metricFields = [
  'cpu_usage',
  'cpu_temp',
  'cpu_id',
  'memory_usage',
  'memory_total',
  'storage_usage',
  'storage_total',
  'storage_block_device',
] as const
const isMetric = (field: string) => (metricFields as readonly string[]).includes(field)

/** A new figure replaces the last told one only when it crosses into another bucket. */
const buckets: Partial<Record<string, number>> = { cpu_usage: 20, cpu_temp: 5, memory_usage: 10 }

function isSame(field: string, told: unknown, now: unknown): boolean {
  const bucket = buckets[field]
  if (bucket !== undefined && typeof told === 'number' && typeof now === 'number')
    return Math.floor(told / bucket) === Math.floor(now / bucket)
  return typeof now === 'object' ? JSON.stringify(told) === JSON.stringify(now) : told === now
}

/** The fields that changed since they were last told, each whole; null: nothing to tell. */
export function diffReport(told: DeviceReport, now: DeviceReport): DeviceReport | null {
  const changed = Object.entries(now).filter(
    ([field, value]) => value !== undefined && !isSame(field, Reflect.get(told, field), value),
  )
  return changed.length === 0 ? null : Object.fromEntries(changed)
}

/** Whether a report tells nothing but metrics: such a one waits for its 300 s. */
export const isMetricsOnly = (report: DeviceReport): boolean =>
  Object.keys(report).every((field) => isMetric(field))
