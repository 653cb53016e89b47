import { serviceStatuses, type DeviceReport } from '#contract/device-protocol'
import type { UpdateState } from '#contract/device'
import {
  inOrder,
  isSameServices,
  type DeviceState,
  type ReleaseName,
  type ServiceRow,
} from './device-state.ts'
import { clip, clipAtSpace } from '../../platform/db/storable-text.ts'

const MAX_INTEGER = 2_147_483_647

const clamp = (value: number) => Math.trunc(Math.max(-MAX_INTEGER, Math.min(MAX_INTEGER, value)))

/** Missing means unchanged, null means off. What is told again is what is held: a text of a report is another copy. */
const merged = <T>(current: T | null, reported: T | null | undefined): T | null =>
  reported === undefined || reported === current ? current : reported
const metric = (current: number | null, reported: number | null | undefined) =>
  merged(current, typeof reported === 'number' ? clamp(reported) : reported)
const isPrintable = (text: string) => /^[\x20-\x7e]*$/.test(text)

/** The flat fields of a report laid over what is stored, cut to upstream's lengths (it truncates, it does not refuse). */
export function mergeFields(state: DeviceState, report: DeviceReport, nowMs: number): DeviceState {
  const text = (current: string | null, reported: string | null | undefined, length: number) =>
    merged(current, typeof reported === 'string' ? clip(reported, length) : reported)
  const variant =
    report.os_variant === 'dev' || report.os_variant === 'prod' || report.os_variant === null
      ? report.os_variant
      : undefined
  const cpuId =
    typeof report.cpu_id === 'string'
      ? isPrintable(report.cpu_id)
        ? report.cpu_id.toLowerCase()
        : undefined
      : report.cpu_id
  const hasMetrics = [
    report.cpu_usage,
    report.cpu_temp,
    report.memory_usage,
    report.memory_total,
    report.storage_usage,
    report.storage_total,
  ].some((value) => value !== undefined)
  return {
    ...state,
    status: text(state.status, report.status, 50),
    osVersion: text(state.osVersion, report.os_version, 70),
    osVariant: merged(state.osVariant, variant),
    supervisorVersion: text(state.supervisorVersion, report.supervisor_version, 20),
    provisioningProgress: metric(state.provisioningProgress, report.provisioning_progress),
    provisioningState: text(state.provisioningState, report.provisioning_state, 255),
    ipAddress: text(state.ipAddress, report.ip_address, 2000),
    macAddress: report.mac_address === undefined ? state.macAddress : clipAtSpace(report.mac_address, 900),
    apiPort: metric(state.apiPort, report.api_port),
    storageBlockDevice: text(state.storageBlockDevice, report.storage_block_device, 255),
    cpuId: text(state.cpuId, cpuId, 255),
    cpuPercent: metric(state.cpuPercent, report.cpu_usage),
    cpuTemperatureC: metric(state.cpuTemperatureC, report.cpu_temp),
    memoryUsedMib: metric(state.memoryUsedMib, report.memory_usage),
    memoryTotalMib: metric(state.memoryTotalMib, report.memory_total),
    storageUsedMib: metric(state.storageUsedMib, report.storage_usage),
    storageTotalMib: metric(state.storageTotalMib, report.storage_total),
    isUndervolted: merged(state.isUndervolted, report.is_undervolted),
    metricsAtMs: hasMetrics ? nowMs : state.metricsAtMs,
    lastReportAtMs: nowMs,
    lastSeenAtMs: nowMs,
  }
}

type Apps = NonNullable<DeviceReport['apps']>
type ReportedRelease = NonNullable<Apps[string]['releases']>[string]

const percentOf = (progress: number | null | undefined) =>
  typeof progress === 'number' ? Math.max(0, Math.min(100, Math.round(progress))) : null

const knownStatuses = new Set<string>(serviceStatuses)

function servicesOf(state: DeviceState, releases: Record<string, ReportedRelease>): ServiceRow[] {
  const before = new Map(state.services.map((row) => [`${row.releaseCommit}/${row.name}`, row.status]))
  return Object.entries(releases).flatMap(([commit, release]) =>
    Object.entries(release.services).map(([name, service]): ServiceRow => ({
      releaseCommit: commit,
      name,
      image: clip(service.image, 500),
      status: knownStatuses.has(service.status)
        ? service.status
        : (before.get(`${commit}/${name}`) ?? 'Unknown'),
      downloadPercent: percentOf(service.download_progress),
      restarts: counterOf(state.facts[`service.${name}.restarts`]),
      lastExitCode: counterOf(state.facts[`service.${name}.exit-code`]),
    })),
  )
}

/** A whole number told by a tag, or null when it is none. */
export const counterOf = (text: string | undefined) =>
  text !== undefined && /^-?\d{1,9}$/.test(text) ? Number(text) : null

/** How far the target release is, from what the device says of it. */
function updateOf(
  target: ReleaseName | null,
  currentCommit: string | null,
  releases: Record<string, ReportedRelease>,
): { state: UpdateState; percent: number | null } {
  if (target === null || currentCommit === target.commit) return { state: 'idle', percent: null }
  const release = releases[target.commit]
  switch (release?.update_status) {
    case undefined:
      return { state: 'waiting', percent: null }
    case 'downloading': {
      const services = Object.values(release.services)
      const done = services.map(
        (service) => percentOf(service.download_progress) ?? (service.status === 'Downloading' ? 0 : 100),
      )
      const sum = done.reduce((total, percent) => total + percent, 0)
      return { state: 'downloading', percent: done.length === 0 ? 0 : Math.round(sum / done.length) }
    }
    case 'downloaded':
      return { state: 'downloaded', percent: null }
    case 'applying changes':
    case 'done':
      return { state: 'applying', percent: null }
    case 'rejected':
      return { state: 'rejected', percent: null }
    case 'aborted':
      return { state: 'aborted', percent: null }
  }
}

/** The releases of this gateway's fleets that reports name. */
export type KnownReleases = {
  isFleet: (appUuid: string) => boolean
  find: (appUuid: string, commit: string) => ReleaseName | undefined
}

/**
 * The `apps` of a report, which are always whole: services replaced, current release and progress derived. A device
 * that was just moved may still tell of its former fleet; what it says of its own fleet counts first.
 */
export function mergeApps(state: DeviceState, apps: Apps, known: KnownReleases, nowMs: number): DeviceState {
  const user = Object.entries(apps)
    .filter(([uuid]) => known.isFleet(uuid))
    .sort(([a], [b]) => Number(b === state.fleetUuid) - Number(a === state.fleetUuid))
  const releases: Record<string, ReportedRelease> = {}
  for (const [, app] of user) {
    for (const [commit, release] of Object.entries(app.releases ?? {})) releases[commit] ??= release
  }
  const [applied] = user.flatMap(([uuid, app]) =>
    app.release_uuid === undefined ? [] : (known.find(uuid, app.release_uuid) ?? []),
  )
  const current = applied ?? state.current
  const update = updateOf(state.target, current?.commit ?? null, releases)
  const services = inOrder(servicesOf(state, releases))
  const hasMoved = update.state !== state.updateState || update.percent !== state.updatePercent
  return {
    ...state,
    services: isSameServices(services, state.services) ? state.services : services,
    current,
    currentReleaseId: current?.id ?? null,
    updateState: update.state,
    updatePercent: update.percent,
    updateProgressAtMs: hasMoved ? nowMs : state.updateProgressAtMs,
  }
}
