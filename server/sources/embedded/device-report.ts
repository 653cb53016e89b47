import type { UpdateState } from '#contract/device'
import type { DeviceReport, releaseUpdateStatuses } from '#contract/device-protocol'

type Apps = NonNullable<DeviceReport['apps']>
type ReportedRelease = NonNullable<Apps[string]['releases']>[string]
type UpdateStatus = (typeof releaseUpdateStatuses)[number]

export type ReportedService = {
  releaseCommit: string
  name: string
  image: string
  status: string
  downloadPercent: number | null
}

/** What is stored of a device's reports; null: it never said, or took it back. */
export type ReportedRow = {
  fleetUuid: string
  targetCommit: string | null
  currentCommit: string | null
  updateState: UpdateState
  services: readonly ReportedService[]
  status: string | null
  osVersion: string | null
  osVariant: string | null
  supervisorVersion: string | null
  provisioningState: string | null
  provisioningProgress: number | null
  ipAddress: string | null
  macAddress: string | null
  apiPort: number | null
  cpuId: string | null
  storageBlockDevice: string | null
  cpuPercent: number | null
  cpuTemperatureC: number | null
  memoryUsedMib: number | null
  memoryTotalMib: number | null
  storageUsedMib: number | null
  storageTotalMib: number | null
  isUndervolted: boolean | null
}

/** What the device said of the release it should run; undefined: nothing yet. */
const statusOf: Record<UpdateState, UpdateStatus | undefined> = {
  idle: undefined,
  waiting: undefined,
  downloading: 'downloading',
  downloaded: 'downloaded',
  applying: 'applying changes',
  rejected: 'rejected',
  aborted: 'aborted',
}

function releasesOf(row: ReportedRow): Record<string, ReportedRelease> {
  const releases: Record<string, ReportedRelease> = {}
  const releaseOf = (commit: string) => (releases[commit] ??= { services: {} })
  if (row.currentCommit !== null) releaseOf(row.currentCommit).update_status = 'done'
  const status = statusOf[row.updateState]
  if (row.targetCommit !== null && row.targetCommit !== row.currentCommit && status !== undefined)
    releaseOf(row.targetCommit).update_status = status
  for (const { releaseCommit, name, image, status: state, downloadPercent } of row.services)
    releaseOf(releaseCommit).services[name] = {
      image,
      status: state,
      ...(downloadPercent === null ? {} : { download_progress: downloadPercent }),
    }
  return releases
}

/** Leaves out what a report has no null for. */
const told = <K extends keyof DeviceReport>(name: K, value: DeviceReport[K] | null) =>
  value === null ? {} : { [name]: value }

/** What is stored of a device, as the device would report it all at once. Pure. */
export function reportOf(row: ReportedRow): DeviceReport {
  return {
    ...told('status', row.status),
    ...told('supervisor_version', row.supervisorVersion),
    ...told('ip_address', row.ipAddress),
    ...told('mac_address', row.macAddress),
    ...told('api_port', row.apiPort),
    ...told('is_undervolted', row.isUndervolted),
    os_version: row.osVersion,
    os_variant: row.osVariant,
    provisioning_state: row.provisioningState,
    provisioning_progress: row.provisioningProgress,
    storage_block_device: row.storageBlockDevice,
    cpu_id: row.cpuId,
    cpu_usage: row.cpuPercent,
    cpu_temp: row.cpuTemperatureC,
    memory_usage: row.memoryUsedMib,
    memory_total: row.memoryTotalMib,
    storage_usage: row.storageUsedMib,
    storage_total: row.storageTotalMib,
    apps: {
      [row.fleetUuid]: {
        ...(row.currentCommit === null ? {} : { release_uuid: row.currentCommit }),
        releases: releasesOf(row),
      },
    },
  }
}
