import type { HealthThresholds } from '#contract/health'
import { MINUTE_MS, spanText, type Finding, type HealthFacts } from './health-facts.ts'

/** Since when an update has not moved; the time a device was away does not count against it. Null: none is due. */
export function updateStillSince(facts: HealthFacts): number | null {
  if (facts.updateState === 'idle' || facts.updateProgressAtMs === null) return null
  return Math.max(facts.updateProgressAtMs, facts.connectivityChangedAtMs ?? 0)
}

/**
 * Since when a lock holds the update back; null: none does. The device says so in its log; the lock counts as given
 * back when the update moves on after the device last said it.
 */
export function lockedSince(facts: HealthFacts): number | null {
  const lock = facts.memory.updateLock
  if (!lock || facts.updateState === 'idle' || facts.updateState === 'rejected') return null
  const hasMoved =
    facts.updateProgressAtMs !== null && facts.updateProgressAtMs > Date.parse(lock.lastAt) + MINUTE_MS
  return hasMoved ? null : Date.parse(lock.at)
}

function judgeLock(facts: HealthFacts, limits: HealthThresholds, nowMs: number): Finding[] {
  const sinceMs = lockedSince(facts)
  if (sinceMs === null) return []
  const heldMs = nowMs - sinceMs
  if (heldMs < limits.updateLockMinutes * MINUTE_MS) return []
  const said = facts.memory.updateLock?.detail ?? ''
  const service = lockHolder(facts, said)
  const what = facts.updateState === 'downloaded' ? 'Everything is downloaded, but ' : ''
  const rest = said === '' ? '' : `. The device says: ${said}`
  return [
    {
      code: 'update-locked',
      ...(service === null ? { layer: 'supervisor' } : { layer: 'service', service }),
      severity: 'attention',
      evidence: `${what}${service ?? 'a service'} holds the update lock: held back for ${spanText(heldMs)}, limit ${limits.updateLockMinutes} min${rest}`,
      sinceMs,
    },
  ]
}

/** Which service holds the lock: the one the device names, or the only one there is; null: it cannot be known. */
function lockHolder(facts: HealthFacts, said: string): string | null {
  const names = [...new Set(facts.services.map((service) => service.name))]
  const words = new Set(said.split(/[^\w.-]+/))
  const named = names.filter((name) => words.has(name))
  const [holder, ...others] = named.length > 0 ? named : names
  return holder !== undefined && others.length === 0 ? holder : null
}

function judgeStill(facts: HealthFacts, limits: HealthThresholds, nowMs: number): Finding[] {
  const sinceMs = updateStillSince(facts)
  if (sinceMs === null) return []
  const stuckMs = nowMs - sinceMs
  if (stuckMs < limits.updateStuckMinutes * MINUTE_MS) return []
  return [
    {
      code: 'update-stuck',
      layer: 'supervisor',
      severity: 'attention',
      evidence: `The update has not moved for ${Math.floor(stuckMs / MINUTE_MS)} min, limit ${limits.updateStuckMinutes} min`,
      sinceMs,
    },
  ]
}

/** Where the device is on its way to its target release. */
export function judgeUpdate(facts: HealthFacts, limits: HealthThresholds, nowMs: number): Finding[] {
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
  return [...judgeLock(facts, limits, nowMs), ...judgeStill(facts, limits, nowMs)]
}
