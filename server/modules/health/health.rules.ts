import type { Connectivity, UpdateState } from '#contract/device'
import { healthThresholds, type Health, type HealthReason, type HealthThresholds } from '#contract/health'
import type { HealthMemory } from '../../platform/db/schema.ts'

/** What health is judged from: the last reports of one device. Times are milliseconds since the epoch. */
export type HealthFacts = {
  connectivity: Connectivity
  connectivityChangedAtMs: number | null
  lastSeenAtMs: number | null
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

type Finding = Omit<HealthReason, 'since'> & { sinceMs?: number | undefined }

const MINUTE_MS = 60_000
const OFFLINE_CRITICAL_AFTER_MS = 24 * 60 * MINUTE_MS
/** Statuses in which a container is on its way, or that say nothing of it: not failed. */
const IN_MOTION = new Set([
  'Downloading',
  'Downloaded',
  'Installing',
  'Installed',
  'Starting',
  'Stopping',
  'Handing over',
  'Awaiting handover',
  'Deleting',
  'configuring',
  'Idle',
  'Unknown',
])

const percent = (used: number | null, total: number | null) =>
  used === null || total === null || total <= 0 ? null : Math.round((used / total) * 100)

function judgeConnectivity(facts: HealthFacts, nowMs: number): Finding[] {
  const since = facts.connectivityChangedAtMs ?? facts.lastSeenAtMs ?? nowMs
  switch (facts.connectivity) {
    case 'online':
      return []
    case 'never':
      return [
        {
          code: 'never-seen',
          layer: 'supervisor',
          severity: 'unknown',
          evidence: 'Registered, but never polled for its target',
        },
      ]
    case 'late':
      return [
        {
          code: 'late',
          layer: 'supervisor',
          severity: 'attention',
          evidence: 'Missed its usual poll',
          sinceMs: since,
        },
      ]
    case 'offline': {
      const isLong = nowMs - since >= OFFLINE_CRITICAL_AFTER_MS
      return [
        {
          code: 'offline',
          layer: 'supervisor',
          severity: isLong ? 'critical' : 'attention',
          evidence: isLong
            ? 'Not heard for more than 24 h; everything else is last known'
            : 'Not heard; everything else is last known',
          sinceMs: since,
        },
      ]
    }
  }
}

function judgeHardware(facts: HealthFacts, limits: HealthThresholds): Finding[] {
  const found: Finding[] = []
  if (facts.isUndervolted === true) {
    found.push({
      code: 'undervoltage',
      layer: 'hardware',
      severity: 'attention',
      evidence: 'The device reports that its supply voltage is too low',
    })
  }
  const temperature = facts.cpuTemperatureC
  if (temperature !== null && temperature >= limits.cpuTemperatureAttentionC) {
    const isCritical = temperature >= limits.cpuTemperatureCriticalC
    const limit = isCritical ? limits.cpuTemperatureCriticalC : limits.cpuTemperatureAttentionC
    found.push({
      code: 'cpu-temperature',
      layer: 'hardware',
      severity: isCritical ? 'critical' : 'attention',
      evidence: `CPU at ${temperature} °C, limit ${limit} °C`,
    })
  }
  const storage = percent(facts.storageUsedMib, facts.storageTotalMib)
  if (storage !== null && storage >= limits.storageAttentionPercent) {
    const isCritical = storage >= limits.storageCriticalPercent
    const limit = isCritical ? limits.storageCriticalPercent : limits.storageAttentionPercent
    found.push({
      code: 'storage-nearly-full',
      layer: 'host-os',
      severity: isCritical ? 'critical' : 'attention',
      evidence: `Storage ${storage} % full, limit ${limit} %`,
    })
  }
  const memory = percent(facts.memoryUsedMib, facts.memoryTotalMib)
  if (memory !== null && memory >= limits.memoryAttentionPercent) {
    found.push({
      code: 'memory-pressure',
      layer: 'host-os',
      severity: 'attention',
      evidence: `Memory ${memory} % used, limit ${limits.memoryAttentionPercent} %`,
    })
  }
  return found
}

function judgeHostOs(facts: HealthFacts, limits: HealthThresholds, nowMs: number): Finding[] {
  const found: Finding[] = []
  const windowMs = limits.rebootMemoryMinutes * MINUTE_MS
  const { lastReboot, osRollback, supervisorRestarts } = facts.memory
  const rebootAtMs = lastReboot ? Date.parse(lastReboot.at) : null
  if (
    lastReboot &&
    rebootAtMs !== null &&
    nowMs - rebootAtMs < windowMs &&
    lastReboot.reason !== 'requested'
  ) {
    const isWatchdog = lastReboot.reason === 'watchdog'
    found.push({
      code: isWatchdog ? 'watchdog-reboot' : 'unexpected-reboot',
      layer: isWatchdog ? 'host-os' : 'hardware',
      severity: 'attention',
      evidence: isWatchdog
        ? 'The hardware watchdog rebooted a hung system'
        : `Rebooted without being asked (${lastReboot.reason})`,
      sinceMs: rebootAtMs,
    })
  }
  if (osRollback) {
    found.push({
      code: 'os-rollback',
      layer: 'host-os',
      severity: 'critical',
      evidence: `A host OS update was rolled back: ${osRollback.detail}`,
      sinceMs: Date.parse(osRollback.at),
    })
  }
  const restarts = (supervisorRestarts ?? []).filter((at) => nowMs - Date.parse(at) < windowMs)
  if (restarts.length >= limits.crashLoopRestarts) {
    found.push({
      code: 'supervisor-restarting',
      layer: 'supervisor',
      severity: 'attention',
      evidence: `The supervisor restarted ${restarts.length} times in ${limits.rebootMemoryMinutes} min`,
    })
  }
  if (facts.clockSkewMs !== null && Math.abs(facts.clockSkewMs) >= limits.clockSkewSeconds * 1000) {
    const seconds = Math.round(Math.abs(facts.clockSkewMs) / 1000)
    found.push({
      code: 'clock-skew',
      layer: 'host-os',
      severity: 'attention',
      evidence: `Its clock is ${seconds} s ${facts.clockSkewMs > 0 ? 'ahead' : 'behind'}, limit ${limits.clockSkewSeconds} s`,
    })
  }
  return found
}

function judgeServices(facts: HealthFacts, limits: HealthThresholds, nowMs: number): Finding[] {
  const found: Finding[] = []
  const windowMs = limits.crashLoopWindowMinutes * MINUTE_MS
  const settled = facts.updateState === 'idle'
  for (const service of facts.services) {
    const restarts = (facts.memory.restarts?.[service.name] ?? []).filter(
      (at) => nowMs - Date.parse(at) < windowMs,
    )
    const first = restarts[0]
    if (restarts.length >= limits.crashLoopRestarts && first !== undefined) {
      const exit = service.lastExitCode === null ? '' : `, last exit code ${service.lastExitCode}`
      found.push({
        code: 'service-crash-loop',
        layer: 'service',
        service: service.name,
        severity: 'critical',
        evidence: `${service.name} restarted ${restarts.length} times in ${limits.crashLoopWindowMinutes} min${exit}`,
        sinceMs: Date.parse(first),
      })
      continue
    }
    const isOld = facts.targetCommit !== null && service.releaseCommit !== facts.targetCommit
    if (service.status !== 'Running' && !IN_MOTION.has(service.status) && !(isOld && !settled)) {
      found.push({
        code: 'service-not-running',
        layer: 'service',
        service: service.name,
        severity: 'critical',
        evidence: `${service.name} should run but is ${service.status}`,
      })
    } else if (settled && isOld && service.status === 'Running') {
      found.push({
        code: 'service-wrong-release',
        layer: 'service',
        service: service.name,
        severity: 'attention',
        evidence: `${service.name} runs another release than its target`,
      })
    }
  }
  return found
}

/** Since when an update has not moved; the time a device was away does not count against it. Null: none is due. */
function updateStillSince(facts: HealthFacts): number | null {
  if (facts.updateState === 'idle' || facts.updateProgressAtMs === null) return null
  return Math.max(facts.updateProgressAtMs, facts.connectivityChangedAtMs ?? 0)
}

function judgeUpdate(facts: HealthFacts, limits: HealthThresholds, nowMs: number): Finding[] {
  if (facts.connectivity !== 'online') return []
  if (facts.updateState === 'rejected') {
    return [
      {
        code: 'update-rejected',
        layer: 'supervisor',
        severity: 'critical',
        evidence: 'The device refused its target release: its requirements are not met',
      },
    ]
  }
  const stillSinceMs = updateStillSince(facts)
  if (stillSinceMs === null) return []
  const stuckMs = nowMs - stillSinceMs
  if (stuckMs < limits.updateStuckMinutes * MINUTE_MS) return []
  return [
    {
      code: 'update-stuck',
      layer: 'supervisor',
      severity: 'attention',
      evidence: `The update has not moved for ${Math.floor(stuckMs / MINUTE_MS)} min, limit ${limits.updateStuckMinutes} min`,
      sinceMs: stillSinceMs,
    },
  ]
}

/** When a verdict that rests on the clock changes next: a window empties, a limit is reached. */
function nextCheck(facts: HealthFacts, limits: HealthThresholds, nowMs: number): number | null {
  const moments: number[] = []
  for (const restarts of Object.values(facts.memory.restarts ?? {})) {
    for (const at of restarts) moments.push(Date.parse(at) + limits.crashLoopWindowMinutes * MINUTE_MS)
  }
  const windowMs = limits.rebootMemoryMinutes * MINUTE_MS
  if (facts.memory.lastReboot) moments.push(Date.parse(facts.memory.lastReboot.at) + windowMs)
  for (const at of facts.memory.supervisorRestarts ?? []) moments.push(Date.parse(at) + windowMs)
  const stillSinceMs = updateStillSince(facts)
  if (stillSinceMs !== null) moments.push(stillSinceMs + limits.updateStuckMinutes * MINUTE_MS)
  if (facts.connectivity === 'offline' && facts.connectivityChangedAtMs !== null) {
    moments.push(facts.connectivityChangedAtMs + OFFLINE_CRITICAL_AFTER_MS)
  }
  const future = moments.filter((at) => at > nowMs)
  return future.length === 0 ? null : Math.min(...future)
}

const keyOf = (reason: { code: string; service?: string | undefined }) =>
  `${reason.code}/${reason.service ?? ''}`

/** The worst severity decides; a device that only cannot be judged is `unknown`. */
export function worst(reasons: readonly HealthReason[]): Health {
  for (const severity of ['critical', 'attention', 'unknown'] as const) {
    if (reasons.some((reason) => reason.severity === severity)) return severity
  }
  return 'ok'
}

/**
 * Health of one device: a pure function of its last reports and the clock, always with its reasons (DESIGN section 7).
 * `previous` are the reasons of the verdict before: a reason that goes on keeps its `since`.
 */
export function judgeHealth(
  facts: HealthFacts,
  limits: Partial<HealthThresholds>,
  previous: readonly HealthReason[],
  nowMs: number,
): Judgement {
  const thresholds = healthThresholds.parse(limits)
  const since = new Map(previous.map((reason) => [keyOf(reason), reason.since]))
  const found = [
    ...judgeConnectivity(facts, nowMs),
    ...judgeServices(facts, thresholds, nowMs),
    ...judgeHostOs(facts, thresholds, nowMs),
    ...judgeHardware(facts, thresholds),
    ...judgeUpdate(facts, thresholds, nowMs),
  ]
  const reasons = found.map(({ sinceMs, ...finding }): HealthReason => ({
    ...finding,
    since: since.get(keyOf(finding)) ?? new Date(sinceMs ?? nowMs).toISOString(),
  }))
  const rank = { critical: 0, attention: 1, unknown: 2 }
  reasons.sort((a, b) => rank[a.severity] - rank[b.severity])
  return { health: worst(reasons), reasons, nextCheckAtMs: nextCheck(facts, thresholds, nowMs) }
}

/** 0 critical … 3 ok: what lists are ordered by. */
export const healthRank = (health: Health) => ({ critical: 0, attention: 1, unknown: 2, ok: 3 })[health]
