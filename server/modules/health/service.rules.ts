import type { HealthThresholds } from '#contract/health'
import { MINUTE_MS, within, type Finding, type HealthFacts } from './health-facts.ts'

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

/**
 * Where the restarts that make the loop began: an exit long before, in the same window, is another story. Walks back
 * from the newest while the next older one is near enough for the loop's rate.
 */
export function loopSince(restarts: readonly string[], limits: HealthThresholds): number {
  const times = restarts.map((at) => Date.parse(at))
  const nearMs = (limits.crashLoopWindowMinutes * MINUTE_MS) / limits.crashLoopRestarts
  let first = times.length - 1
  const gapMs = (index: number) => (times[index] ?? 0) - (times[index - 1] ?? 0)
  while (first > 0 && (times.length - first < limits.crashLoopRestarts || gapMs(first) <= nearMs)) first -= 1
  return times[first] ?? 0
}

type Service = HealthFacts['services'][number]

function judgeService(
  facts: HealthFacts,
  service: Service,
  limits: HealthThresholds,
  nowMs: number,
): Finding[] {
  const { name, status } = service
  const isSettled = facts.updateState === 'idle'
  const restarts = within(facts.memory.restarts?.[name], limits.crashLoopWindowMinutes * MINUTE_MS, nowMs)
  const of = { layer: 'service', service: name } as const
  if (restarts.length >= limits.crashLoopRestarts) {
    const exit = service.lastExitCode === null ? '' : `; last exit code ${service.lastExitCode}`
    return [
      {
        ...of,
        code: 'service-crash-loop',
        severity: 'critical',
        evidence: `${name} restarted ${restarts.length} times in ${limits.crashLoopWindowMinutes} min, limit ${limits.crashLoopRestarts}${exit}`,
        sinceMs: loopSince(restarts, limits),
      },
    ]
  }
  const isOld = facts.targetCommit !== null && service.releaseCommit !== facts.targetCommit
  if (status !== 'Running' && !IN_MOTION.has(status) && !(isOld && !isSettled)) {
    return [
      {
        ...of,
        code: 'service-not-running',
        severity: 'critical',
        evidence: `${name} should run but is ${status}`,
      },
    ]
  }
  if (!isSettled || !isOld || status !== 'Running') return []
  return [
    {
      ...of,
      code: 'service-wrong-release',
      severity: 'attention',
      evidence: `${name} runs another release than its target`,
    },
  ]
}

/** Each service by itself. */
export const judgeServices = (facts: HealthFacts, limits: HealthThresholds, nowMs: number): Finding[] =>
  facts.services.flatMap((service) => judgeService(facts, service, limits, nowMs))
