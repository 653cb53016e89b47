import type { HealthThresholds } from '#contract/health'
import { MINUTE_MS, spanText, within, type Finding, type HealthFacts } from './health-facts.ts'

function judgeReboot(facts: HealthFacts, windowMs: number, nowMs: number): Finding[] {
  const { lastReboot } = facts.memory
  if (!lastReboot || lastReboot.reason === 'requested') return []
  const sinceMs = Date.parse(lastReboot.at)
  if (nowMs - sinceMs >= windowMs) return []
  const isWatchdog = lastReboot.reason === 'watchdog'
  return [
    {
      code: isWatchdog ? 'watchdog-reboot' : 'unexpected-reboot',
      layer: isWatchdog ? 'host-os' : 'hardware',
      severity: 'attention',
      evidence: isWatchdog
        ? 'The hardware watchdog rebooted a hung system'
        : `Rebooted without being asked (${lastReboot.reason})`,
      sinceMs,
    },
  ]
}

function judgeClock(facts: HealthFacts, limits: HealthThresholds): Finding[] {
  if (facts.clockSkewMs === null || Math.abs(facts.clockSkewMs) < limits.clockSkewSeconds * 1000) return []
  return [
    {
      code: 'clock-skew',
      layer: 'host-os',
      severity: 'attention',
      evidence: `Its clock is ${spanText(Math.abs(facts.clockSkewMs))} ${facts.clockSkewMs > 0 ? 'ahead' : 'behind'}, limit ${limits.clockSkewSeconds} s`,
    },
  ]
}

/** Reboots, slots, the clock, and a supervisor that keeps restarting. */
export function judgeHostOs(facts: HealthFacts, limits: HealthThresholds, nowMs: number): Finding[] {
  const windowMs = limits.rebootMemoryMinutes * MINUTE_MS
  const found = judgeReboot(facts, windowMs, nowMs)
  const { osRollback, supervisorRestarts } = facts.memory
  if (osRollback) {
    found.push({
      code: 'os-rollback',
      layer: 'host-os',
      severity: 'critical',
      evidence: `A host OS update was rolled back: ${osRollback.detail}`,
      sinceMs: Date.parse(osRollback.at),
    })
  }
  const restarts = within(supervisorRestarts, windowMs, nowMs)
  if (restarts.length >= limits.crashLoopRestarts) {
    found.push({
      code: 'supervisor-restarting',
      layer: 'supervisor',
      severity: 'attention',
      evidence: `The supervisor restarted ${restarts.length} times in ${limits.rebootMemoryMinutes} min, limit ${limits.crashLoopRestarts}`,
    })
  }
  return [...found, ...judgeClock(facts, limits)]
}
