import type { Connectivity, UpdateState } from '#contract/device'
import type { Health, HealthReason, HealthThresholds } from '#contract/health'
import type { HealthMemory } from '../../platform/db/schema.ts'

export type ServiceRow = {
  releaseCommit: string
  name: string
  image: string
  status: string
  downloadPercent: number | null
  restarts: number | null
  lastExitCode: number | null
}

const orderOf = (row: ServiceRow) => `${row.releaseCommit}/${row.name}`
/** Services in the one order in which a device keeps them, so that the same ones read or told in another are no news. */
export const inOrder = (services: ServiceRow[]): ServiceRow[] =>
  services.length < 2 ? services : services.sort((a, b) => (orderOf(a) < orderOf(b) ? -1 : 1))
export const isSameServices = (a: readonly ServiceRow[], b: readonly ServiceRow[]) =>
  a === b || JSON.stringify(a) === JSON.stringify(b)

export type ReleaseName = { id: number; commit: string; semver: string }

/** The columns of a device that its own messages and the clock move. Times are milliseconds since the epoch. */
export type DeviceColumns = {
  connectivity: Connectivity
  connectivityChangedAtMs: number | null
  lastSeenAtMs: number | null
  lastPollAtMs: number | null
  lastReportAtMs: number | null
  nextCheckAtMs: number | null
  pollIntervalMs: number
  health: Health
  reasons: HealthReason[]
  memory: HealthMemory
  facts: Record<string, string>
  tags: Record<string, string>
  currentReleaseId: number | null
  updateState: UpdateState
  updatePercent: number | null
  updateProgressAtMs: number | null
  osVersion: string | null
  osVariant: string | null
  supervisorVersion: string | null
  ipAddress: string | null
  publicAddress: string | null
  macAddress: string | null
  apiPort: number | null
  status: string | null
  provisioningState: string | null
  provisioningProgress: number | null
  cpuId: string | null
  storageBlockDevice: string | null
  cpuPercent: number | null
  cpuTemperatureC: number | null
  memoryUsedMib: number | null
  memoryTotalMib: number | null
  storageUsedMib: number | null
  storageTotalMib: number | null
  metricsAtMs: number | null
  isUndervolted: boolean | null
  clockSkewMs: number | null
}

/** Everything one step of a device is decided from. */
export type DeviceState = DeviceColumns & {
  deviceId: number
  uuid: string
  fleetId: number
  fleetUuid: string
  thresholds: Partial<HealthThresholds>
  target: ReleaseName | null
  targetChangedAtMs: number | null
  current: ReleaseName | null
  services: ServiceRow[]
  /** Services that somebody stopped from here: that they do not run is no trouble. */
  stopped: readonly string[]
}

export type DeviceEventInput = {
  kind: string
  layer: HealthReason['layer'] | null
  severity: 'info' | 'ok' | 'attention' | 'critical'
  summary: string
  data?: Record<string, unknown>
}

/** Named columns of a device as the health rules want them; `judge` comes from the health module. */
export type Judge = (
  state: DeviceState,
  nowMs: number,
) => { health: Health; reasons: HealthReason[]; nextCheckAtMs: number | null }
