import { createHash } from 'node:crypto'
import { updateStrategies } from '#contract/release'
import type { TargetState } from '#contract/device-protocol'
import { readServiceFault, type ServiceFault } from '../device/service-fault.ts'

export type UpdateStrategy = (typeof updateStrategies)[number]

/** A service as the device should run it. */
export type DesiredService = {
  name: string
  serviceId: number
  image: string
  /** Under which name the virtual registry knows the image: its own unless a label says so. */
  reference: string
  strategy: UpdateStrategy
  handoverMs: number
  /** False: stopped from the dashboard, whatever release. */
  isRunning: boolean
  /** Changes whenever the container must be made anew. */
  config: string
  /** What this image does wrong, as its labels say. */
  fault: ServiceFault | null
}

export type DesiredRelease = { appUuid: string; commit: string; services: DesiredService[] }

/** A target state as a supervisor reads it. */
export type Target = {
  name: string
  pollIntervalMs: number
  isDeltaEnabled: boolean
  isLogging: boolean
  isLockOverridden: boolean
  /** Apps that are named, also those without a release: only they may be reported. */
  appUuids: string[]
  release: DesiredRelease | null
  hostOsVersion: string | null
}

/** Label of a service for backends that give images names without a version, which tell nothing of shared layers. */
const IMAGE_LABEL = 'io.wheelhouse.simulator.image'

const DEFAULT_POLL_INTERVAL_MS = 900_000
const DEFAULT_HANDOVER_MS = 60_000

const balena = (name: string) => name.replace(/^io\.resin\./, 'io.balena.')
const isOn = (value: string | undefined) => value === '1' || value === 'true'

type TargetService = NonNullable<
  NonNullable<TargetState[string]['apps'][string]['releases']>[string]['services']
>[string]

function readService(name: string, service: TargetService): DesiredService {
  const labels = Object.fromEntries(
    Object.entries(service.labels).map(([key, value]) => [balena(key), value]),
  )
  const asked = labels['io.balena.update.strategy']
  const handover = Number(labels['io.balena.update.handover-timeout'] ?? DEFAULT_HANDOVER_MS)
  const config = JSON.stringify([service.image, service.environment, labels, service.composition ?? {}])
  return {
    name,
    serviceId: service.id,
    image: service.image,
    reference: labels[IMAGE_LABEL] ?? service.image,
    isRunning: service.running ?? true,
    strategy: updateStrategies.find((strategy) => strategy === asked) ?? 'download-then-kill',
    handoverMs: Number.isFinite(handover) && handover >= 0 ? handover : DEFAULT_HANDOVER_MS,
    config: createHash('sha256').update(config).digest('hex').slice(0, 16),
    fault: readServiceFault(labels, service.environment),
  }
}

/** Reads a target state for the device `uuid`; throws when it is not in it, as a supervisor rejects such a target. */
export function readTarget(state: TargetState, uuid: string): Target {
  const own = state[uuid]
  if (!own) throw new Error('Invalid target state: the own uuid is missing')
  const config = (name: string) => own.config[`BALENA_${name}`] ?? own.config[`RESIN_${name}`]
  const apps = Object.entries(own.apps)
  const host = apps.find(([, app]) => app.is_host === true)?.[1]
  const fleet = apps.find(([, app]) => app.is_host !== true)
  const [commit, release] = Object.entries(fleet?.[1].releases ?? {})[0] ?? []
  const interval = Number(config('SUPERVISOR_POLL_INTERVAL') ?? DEFAULT_POLL_INTERVAL_MS)
  return {
    name: own.name,
    pollIntervalMs: Number.isFinite(interval) && interval > 0 ? interval : DEFAULT_POLL_INTERVAL_MS,
    isDeltaEnabled: isOn(config('SUPERVISOR_DELTA')),
    isLogging: config('SUPERVISOR_LOG_CONTROL') !== 'false',
    isLockOverridden: isOn(config('SUPERVISOR_OVERRIDE_LOCK')),
    appUuids: apps.filter(([, app]) => app.is_host !== true).map(([appUuid]) => appUuid),
    release:
      fleet && commit !== undefined && release
        ? {
            appUuid: fleet[0],
            commit,
            services: Object.entries(release.services ?? {}).map(([name, service]) =>
              readService(name, service),
            ),
          }
        : null,
    hostOsVersion: hostOsOf(host),
  }
}

/** The version a host app is of stands in a label of its hostapp service. */
function hostOsOf(host: TargetState[string]['apps'][string] | undefined): string | null {
  for (const release of Object.values(host?.releases ?? {}))
    for (const service of Object.values(release.services ?? {})) {
      const labels = service.composition?.['labels']
      const version =
        typeof labels === 'object' && labels !== null
          ? (Reflect.get(labels, 'org.wheelhouse.os-version') as unknown)
          : undefined
      if (typeof version === 'string') return version
    }
  return null
}
