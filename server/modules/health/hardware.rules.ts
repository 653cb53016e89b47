import type { HealthThresholds } from '#contract/health'
import { MINUTE_MS, percentOf, spanText, type Finding, type HealthFacts } from './health-facts.ts'

/** Memory that rose by so many percentage points, in so many reports, leaks; less may be a service that warms up. */
const LEAK_GROWTH_PERCENT = 20
const LEAK_REPORTS = 4

function judgeTemperature(facts: HealthFacts, limits: HealthThresholds): Finding[] {
  const temperature = facts.cpuTemperatureC
  if (temperature === null || temperature < limits.cpuTemperatureAttentionC) return []
  const isCritical = temperature >= limits.cpuTemperatureCriticalC
  const limit = isCritical ? limits.cpuTemperatureCriticalC : limits.cpuTemperatureAttentionC
  return [
    {
      code: 'cpu-temperature',
      layer: 'hardware',
      severity: isCritical ? 'critical' : 'attention',
      evidence: `CPU at ${temperature} °C, limit ${limit} °C`,
    },
  ]
}

function judgeStorage(facts: HealthFacts, limits: HealthThresholds): Finding[] {
  const storage = percentOf(facts.storageUsedMib, facts.storageTotalMib)
  if (storage === null || storage < limits.storageAttentionPercent) return []
  const isCritical = storage >= limits.storageCriticalPercent
  const limit = isCritical ? limits.storageCriticalPercent : limits.storageAttentionPercent
  return [
    {
      code: 'storage-nearly-full',
      layer: 'host-os',
      severity: isCritical ? 'critical' : 'attention',
      evidence: `Storage ${storage} % full, limit ${limit} %`,
    },
  ]
}

/** When a rise that may be a leak has lasted long enough to be called one; null: it is none. */
export function leakFromMs(facts: HealthFacts, limits: HealthThresholds): number | null {
  const rise = facts.memory.memoryRise
  const from = percentOf(rise?.fromMib ?? null, facts.memoryTotalMib)
  const used = percentOf(facts.memoryUsedMib, facts.memoryTotalMib)
  if (!rise || from === null || used === null || used < limits.memoryAttentionPercent) return null
  if (used - from < LEAK_GROWTH_PERCENT || rise.reports < LEAK_REPORTS) return null
  return Date.parse(rise.since) + limits.memoryLeakMinutes * MINUTE_MS
}

function judgeMemory(facts: HealthFacts, limits: HealthThresholds, nowMs: number): Finding[] {
  const used = percentOf(facts.memoryUsedMib, facts.memoryTotalMib)
  if (used === null || used < limits.memoryAttentionPercent) return []
  const leakMs = leakFromMs(facts, limits)
  const rise = facts.memory.memoryRise
  if (leakMs === null || nowMs < leakMs || !rise) {
    return [
      {
        code: 'memory-pressure',
        layer: 'host-os',
        severity: 'attention',
        evidence: `Memory ${used} % used, limit ${limits.memoryAttentionPercent} %`,
      },
    ]
  }
  const sinceMs = Date.parse(rise.since)
  const [only, ...others] = new Set(facts.services.map((service) => service.name))
  const suspect = only !== undefined && others.length === 0 ? `; ${only} is its only service` : ''
  return [
    {
      code: 'memory-leak',
      layer: 'host-os',
      severity: 'critical',
      evidence: `Memory rose from ${percentOf(rise.fromMib, facts.memoryTotalMib) ?? 0} % to ${used} % in ${spanText(nowMs - sinceMs)} and never fell, limit ${limits.memoryAttentionPercent} %${suspect}`,
      sinceMs,
    },
  ]
}

/** Power, heat and what the board has left. */
export function judgeHardware(facts: HealthFacts, limits: HealthThresholds, nowMs: number): Finding[] {
  const power: Finding[] =
    facts.isUndervolted === true
      ? [
          {
            code: 'undervoltage',
            layer: 'hardware',
            severity: 'attention',
            evidence: 'The device reports that its supply voltage is too low',
          },
        ]
      : []
  return [
    ...power,
    ...judgeTemperature(facts, limits),
    ...judgeStorage(facts, limits),
    ...judgeMemory(facts, limits, nowMs),
  ]
}
