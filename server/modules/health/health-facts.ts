import type { Connectivity, UpdateState } from '#contract/device'
import type { Health, HealthReason } from '#contract/health'
import type { HealthMemory } from '../../platform/db/schema.ts'

/** What health is judged from: the last reports of one device. Times are milliseconds since the epoch. */
export type HealthFacts = {
  connectivity: Connectivity
  connectivityChangedAtMs: number | null
  lastSeenAtMs: number | null
  lastPollAtMs: number | null
  lastReportAtMs: number | null
  pollIntervalMs: number
  isUndervolted: boolean | null
  cpuTemperatureC: number | null
  memoryUsedMib: number | null
  memoryTotalMib: number | null
  storageUsedMib: number | null
  storageTotalMib: number | null
  services: readonly { name: string; status: string; releaseCommit: string; lastExitCode: number | null }[]
  currentCommit: string | null
  targetCommit: string | null
  updateState: UpdateState
  /** Last moment the update moved on; null: never. */
  updateProgressAtMs: number | null
  clockSkewMs: number | null
  memory: HealthMemory
}

export type Judgement = {
  health: Health
  reasons: HealthReason[]
  /** When time alone changes the verdict; null: only a report can. */
  nextCheckAtMs: number | null
}

/** A reason as a rule finds it; without `sinceMs` it begins now. */
export type Finding = Omit<HealthReason, 'since' | 'follows'> & { sinceMs?: number | undefined }

export const MINUTE_MS = 60_000
export const HOUR_MS = 60 * MINUTE_MS
export const DAY_MS = 24 * HOUR_MS
const YEAR_MS = 365.25 * DAY_MS

/** Whole percent of a total that is known; else null. */
export const percentOf = (used: number | null, total: number | null) =>
  used === null || total === null || total <= 0 ? null : Math.round((used / total) * 100)

/** Those of these ISO instants that lie inside the last `windowMs`. */
export const within = (instants: readonly string[] | undefined, windowMs: number, nowMs: number) =>
  (instants ?? []).filter((at) => nowMs - Date.parse(at) < windowMs)

/** A length of time in the unit in which people would say it: `45 s`, `12 min`, `3 h`, `9 days`, `3.0 years`. */
export function spanText(ms: number): string {
  if (ms < 2 * MINUTE_MS) return `${Math.floor(ms / 1000)} s`
  if (ms < 2 * HOUR_MS) return `${Math.floor(ms / MINUTE_MS)} min`
  if (ms < 2 * DAY_MS) return `${Math.floor(ms / HOUR_MS)} h`
  return ms < YEAR_MS ? `${Math.floor(ms / DAY_MS)} days` : `${(ms / YEAR_MS).toFixed(1)} years`
}
