import type { Connectivity, UpdateState } from '#contract/device'
import type { Health, HealthCode } from '#contract/health'

/** What lists filter, order and count by of one device, as the store has it. */
export type IndexedDevice = {
  id: number
  uuid: string
  name: string
  fleetId: number
  deviceType: string
  connectivity: Connectivity
  health: Health
  reasons: readonly { code: HealthCode; severity: string }[]
  releaseId: number | null
  isPinned: boolean
  updateState: UpdateState
  osVersion: string | null
  tags: Readonly<Record<string, string>>
  ipAddress: string | null
  macAddress: string | null
  cpuId: string | null
  lastSeenAtMs: number | null
  cpuPercent: number | null
  cpuTemperatureC: number | null
  memoryUsedMib: number | null
  memoryTotalMib: number | null
  storageUsedMib: number | null
  storageTotalMib: number | null
}
