import { healthThresholds, type Health, type HealthReason, type HealthThresholds } from '#contract/health'
import { orderByCause } from './cause-order.rules.ts'
import {
  judgeConnection,
  LINE_IS_LIFE_MS,
  OFFLINE_CRITICAL_AFTER_MS,
  lineSincePoll,
  reportsMissingSince,
} from './connection.rules.ts'
import { judgeHardware, leakFromMs } from './hardware.rules.ts'
import { MINUTE_MS, type HealthFacts, type Judgement } from './health-facts.ts'
import { judgeHostOs } from './host-os.rules.ts'
import { judgeServices } from './service.rules.ts'
import { judgeUpdate, lockedSince, updateStillSince } from './update.rules.ts'

export type { HealthFacts, Judgement } from './health-facts.ts'

/** When a verdict that rests on the clock changes next: a window empties, a limit is reached. */
function nextCheck(facts: HealthFacts, limits: HealthThresholds, nowMs: number): number | null {
  const { memory } = facts
  const moments: number[] = []
  const after = (from: number | null, minutes: number) => {
    if (from !== null) moments.push(from + minutes * MINUTE_MS)
  }
  const leave = (instants: readonly string[] | undefined, minutes: number) => {
    for (const at of instants ?? []) after(Date.parse(at), minutes)
  }
  for (const restarts of Object.values(memory.restarts ?? {})) leave(restarts, limits.crashLoopWindowMinutes)
  leave(memory.networkDrops, limits.networkWindowMinutes)
  leave(memory.supervisorRestarts, limits.rebootMemoryMinutes)
  if (memory.lastReboot) after(Date.parse(memory.lastReboot.at), limits.rebootMemoryMinutes)
  after(updateStillSince(facts), limits.updateStuckMinutes)
  after(lockedSince(facts), limits.updateLockMinutes)
  after(reportsMissingSince(facts), limits.supervisorSilentMinutes)
  after(leakFromMs(facts, limits), 0)
  if (facts.connectivity === 'offline') {
    if (facts.connectivityChangedAtMs !== null)
      moments.push(facts.connectivityChangedAtMs + OFFLINE_CRITICAL_AFTER_MS)
    // As long as its log lines may tell it from a lost device, they are looked for again.
    const lineAtMs = lineSincePoll(facts, nowMs)
    if (lineAtMs !== null) moments.push(lineAtMs + LINE_IS_LIFE_MS)
  }
  const future = moments.filter((at) => at > nowMs)
  return future.length === 0 ? null : Math.min(...future)
}

/** Limits of fleets with what they leave to the defaults; the same object is asked for with every report. */
const completed = new WeakMap<Partial<HealthThresholds>, HealthThresholds>()
function withDefaults(limits: Partial<HealthThresholds>): HealthThresholds {
  const known = completed.get(limits)
  if (known) return known
  const thresholds = healthThresholds.parse(limits)
  completed.set(limits, thresholds)
  return thresholds
}

const keyOf = (reason: { code: string; service?: string | undefined }) =>
  `${reason.code}/${reason.service ?? ''}`

/** The worst severity decides; a device that only cannot be judged is `unknown`. */
export function worst(reasons: readonly Pick<HealthReason, 'severity'>[]): Health {
  for (const severity of ['critical', 'attention', 'unknown'] as const) {
    if (reasons.some((reason) => reason.severity === severity)) return severity
  }
  return 'ok'
}

/**
 * Health of one device: a pure function of its last reports and the clock, always with its reasons (docs/health.md), the
 * root cause first. `previous` are the reasons of the verdict before: a reason that goes on keeps its `since`.
 */
export function judgeHealth(
  facts: HealthFacts,
  limits: Partial<HealthThresholds>,
  previous: readonly HealthReason[],
  nowMs: number,
): Judgement {
  const thresholds = withDefaults(limits)
  const since = new Map(previous.map((reason) => [keyOf(reason), reason.since]))
  const found = [
    ...judgeConnection(facts, thresholds, nowMs),
    ...judgeServices(facts, thresholds, nowMs),
    ...judgeHostOs(facts, thresholds, nowMs),
    ...judgeHardware(facts, thresholds, nowMs),
    ...judgeUpdate(facts, thresholds, nowMs),
  ]
  const reasons = orderByCause(found).map(({ sinceMs, ...finding }): HealthReason => ({
    ...finding,
    since: since.get(keyOf(finding)) ?? new Date(sinceMs ?? nowMs).toISOString(),
  }))
  return { health: worst(reasons), reasons, nextCheckAtMs: nextCheck(facts, thresholds, nowMs) }
}

/** 0 critical … 3 ok: what lists are ordered by. */
export const healthRank = (health: Health) => ({ critical: 0, attention: 1, unknown: 2, ok: 3 })[health]
