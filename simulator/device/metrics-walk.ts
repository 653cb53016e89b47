import type { DevicePlan } from './device-plan.ts'
import type { Random } from '../random.ts'

/** What a device measures of itself, unrounded. */
export type Metrics = {
  cpuPercent: number
  temperatureC: number
  memoryPercent: number
  storagePercent: number
  isUndervolted: boolean
}

/** What bends the figures: faults of the device and work it does. */
export type Strain = {
  /** Resting temperature of an overheating device. */
  heatC: number | null
  /** Percentage points of memory lost a minute. */
  memoryLeakPerMinute: number
  /** Where storage is filled to. */
  fillsToPercent: number | null
  /** Points of storage that purging has freed. */
  freedPercent: number
  isUndervolted: boolean
  isUpdating: boolean
  isBusy: boolean
}

export const noStrain: Strain = {
  heatC: null,
  memoryLeakPerMinute: 0,
  fillsToPercent: null,
  freedPercent: 0,
  isUndervolted: false,
  isUpdating: false,
  isBusy: false,
}

const MINUTE_MS = 60_000
const clamp = (value: number, least: number, most: number) => Math.max(least, Math.min(most, value))

export const restingMetrics = (plan: DevicePlan): Metrics => ({ ...plan.calm, isUndervolted: false })

/** Pulled back to `rest` at `share` a minute, pushed by noise of deviation `noise` a minute. */
function drift(value: number, rest: number, share: number, noise: number, minutes: number, random: Random) {
  const pull = 1 - (1 - share) ** minutes
  return value + (rest - value) * pull + random.normal() * noise * Math.sqrt(minutes)
}

/** The figures `elapsedMs` of device time later: a walk that is pulled back to where the device rests. */
export function stepMetrics(
  metrics: Metrics,
  plan: DevicePlan,
  strain: Strain,
  elapsedMs: number,
  random: Random,
): Metrics {
  const minutes = clamp(elapsedMs / MINUTE_MS, 0, 60)
  const work = (strain.isUpdating ? 25 : 0) + (strain.isBusy ? 55 : 0)
  const cpuPercent = drift(metrics.cpuPercent, plan.calm.cpuPercent + work, 0.7, 5, minutes, random)
  const restC = strain.heatC ?? plan.calm.temperatureC + (work > 0 ? 6 : 0)
  const leaked = metrics.memoryPercent + strain.memoryLeakPerMinute * minutes
  const memoryPercent =
    strain.memoryLeakPerMinute > 0
      ? leaked
      : drift(metrics.memoryPercent, plan.calm.memoryPercent, 0.4, 1.2, minutes, random)
  const storageRest = strain.fillsToPercent ?? Math.max(1, plan.calm.storagePercent - strain.freedPercent)
  return {
    cpuPercent: clamp(cpuPercent, 1, 100),
    temperatureC: clamp(drift(metrics.temperatureC, restC, 0.6, 1.1, minutes, random), 20, 105),
    memoryPercent: clamp(memoryPercent, 5, 98),
    storagePercent: clamp(drift(metrics.storagePercent, storageRest, 0.5, 0.05, minutes, random), 1, 100),
    isUndervolted: strain.isUndervolted,
  }
}

/** The fields of a report that carry metrics. */
export type ReportedMetrics = {
  cpu_usage: number
  cpu_temp: number
  cpu_id: string
  memory_usage: number
  memory_total: number
  storage_usage: number
  storage_total: number
  storage_block_device: string
  is_undervolted: boolean
}

const share = (percent: number, total: number) => Math.round((percent / 100) * total)

/** In the protocol's units: whole percent, degrees Celsius and MiB. */
export const toReported = (metrics: Metrics, plan: DevicePlan): ReportedMetrics => ({
  cpu_usage: Math.round(metrics.cpuPercent),
  cpu_temp: Math.round(metrics.temperatureC),
  cpu_id: plan.cpuId,
  memory_usage: share(metrics.memoryPercent, plan.memoryTotalMib),
  memory_total: plan.memoryTotalMib,
  storage_usage: share(metrics.storagePercent, plan.storageTotalMib),
  storage_total: plan.storageTotalMib,
  storage_block_device: plan.blockDevice,
  is_undervolted: metrics.isUndervolted,
})
