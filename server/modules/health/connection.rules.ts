import { lateAfterMs } from '#contract/device-protocol'
import type { HealthThresholds } from '#contract/health'
import { DAY_MS, MINUTE_MS, spanText, within, type Finding, type HealthFacts } from './health-facts.ts'

export const OFFLINE_CRITICAL_AFTER_MS = DAY_MS
/** A log line this young says that the device runs and its network works. */
export const LINE_IS_LIFE_MS = 2 * MINUTE_MS

function judgePolls(facts: HealthFacts, nowMs: number): Finding[] {
  const sinceMs = facts.connectivityChangedAtMs ?? facts.lastSeenAtMs ?? nowMs
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
          sinceMs,
        },
      ]
    case 'offline': {
      const isLong = nowMs - sinceMs >= OFFLINE_CRITICAL_AFTER_MS
      return [
        {
          code: 'offline',
          layer: 'supervisor',
          severity: isLong ? 'critical' : 'attention',
          evidence: isLong
            ? 'Not heard for more than 24 h; everything else is last known'
            : 'Not heard; everything else is last known',
          sinceMs,
        },
      ]
    }
  }
}

/** The network comes and goes: polls that failed leave gaps between those that did not. */
function judgeNetwork(facts: HealthFacts, limits: HealthThresholds, nowMs: number): Finding[] {
  const drops = within(facts.memory.networkDrops, limits.networkWindowMinutes * MINUTE_MS, nowMs)
  const [first] = drops
  if (first === undefined || drops.length < limits.networkDrops) return []
  return [
    {
      code: 'flaky-network',
      layer: 'network',
      severity: 'attention',
      evidence: `Lost its connection ${drops.length} times in ${limits.networkWindowMinutes} min without a reboot, limit ${limits.networkDrops}`,
      sinceMs: Date.parse(first),
    },
  ]
}

/** Whether figures come with its reports: only then does silence between two reports say something. */
const reportsFigures = (facts: HealthFacts) => facts.storageUsedMib !== null || facts.memoryUsedMib !== null

/** Since when reports are missing though the device polls; null where they may be. */
export function reportsMissingSince(facts: HealthFacts): number | null {
  if (facts.connectivity !== 'online' || facts.lastReportAtMs === null || !reportsFigures(facts)) return null
  return Math.max(facts.lastReportAtMs, facts.connectivityChangedAtMs ?? 0)
}

/** The newest log line, where it came after the last poll and is young enough to be a sign of life. */
export function lineSincePoll(facts: HealthFacts, nowMs: number): number | null {
  const lineAtMs = facts.memory.lastLineAt === undefined ? null : Date.parse(facts.memory.lastLineAt)
  if (lineAtMs === null || nowMs - lineAtMs >= LINE_IS_LIFE_MS) return null
  return lineAtMs > (facts.lastPollAtMs ?? 0) ? lineAtMs : null
}

/**
 * Whether the log lines say that it lives though it no longer polls: only one that came after the next poll was overdue
 * does. Whatever dies between two polls has mostly logged since the first.
 */
function livesByLogs(facts: HealthFacts, nowMs: number): boolean {
  const lineAtMs = lineSincePoll(facts, nowMs)
  return lineAtMs !== null && lineAtMs > (facts.lastPollAtMs ?? 0) + lateAfterMs(facts.pollIntervalMs)
}

/**
 * A supervisor that hangs is no lost device: other things of it are still heard. Either it polls and its reports stop,
 * or it stops polling while the log lines of its services go on coming.
 */
function judgeSupervisor(facts: HealthFacts, limits: HealthThresholds, nowMs: number): Finding[] {
  const running = facts.services.filter((service) => service.status === 'Running').length
  const last = `${running === 1 ? '1 service was' : `${running} services were`} running when it last reported`
  const missingSinceMs = reportsMissingSince(facts)
  if (missingSinceMs !== null) {
    const silentMs = nowMs - missingSinceMs
    if (silentMs < limits.supervisorSilentMinutes * MINUTE_MS) return []
    return [
      {
        code: 'supervisor-hung',
        layer: 'supervisor',
        severity: 'critical',
        evidence: `No state report for ${spanText(silentMs)}, limit ${limits.supervisorSilentMinutes} min, though the device still polls; ${last}`,
        sinceMs: missingSinceMs,
      },
    ]
  }
  if (facts.connectivity !== 'offline' || !livesByLogs(facts, nowMs)) return []
  return [
    {
      code: 'supervisor-hung',
      layer: 'supervisor',
      severity: 'critical',
      evidence: `It stopped polling and reporting, but its log lines still arrive: power and network work; ${last}`,
      sinceMs: facts.lastPollAtMs ?? nowMs,
    },
  ]
}

/** Whether the device is heard, and if not fully, what that says. */
export const judgeConnection = (facts: HealthFacts, limits: HealthThresholds, nowMs: number): Finding[] => [
  ...judgePolls(facts, nowMs),
  ...judgeNetwork(facts, limits, nowMs),
  ...judgeSupervisor(facts, limits, nowMs),
]
