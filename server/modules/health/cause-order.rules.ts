import type { HealthCode, HealthReason } from '#contract/health'

type Sign = Omit<HealthReason, 'since' | 'follows'>

const crashes: readonly HealthCode[] = ['service-crash-loop', 'service-not-running', 'supervisor-restarting']
const silence: readonly HealthCode[] = ['offline', 'late']
const reboots: readonly HealthCode[] = ['unexpected-reboot', 'watchdog-reboot']
const standstill: readonly HealthCode[] = ['update-stuck', 'service-wrong-release']

/** A clock so far off makes every certificate invalid. */
const FAR_OFF = /\b(days|years)\b/

/**
 * What each reason usually brings about, from the ground up: power before everything it causes. Lists may name only
 * codes that stand further down, which keeps the relation free of circles.
 */
const effects: readonly (readonly [HealthCode, readonly HealthCode[], ((sign: Sign) => boolean)?])[] = [
  [
    'undervoltage',
    ['os-rollback', ...reboots, 'flaky-network', 'supervisor-hung', ...crashes, ...silence, ...standstill],
  ],
  [
    'cpu-temperature',
    ['watchdog-reboot', 'unexpected-reboot', ...silence],
    (sign) => sign.severity === 'critical',
  ],
  ['os-rollback', reboots],
  ['unexpected-reboot', ['service-not-running', ...standstill]],
  ['watchdog-reboot', ['service-not-running', ...standstill]],
  ['clock-skew', [...crashes, ...standstill], (sign) => FAR_OFF.test(sign.evidence)],
  [
    'storage-nearly-full',
    ['supervisor-hung', ...crashes, 'update-stuck', 'service-wrong-release'],
    (sign) => sign.severity === 'critical',
  ],
  ['memory-leak', ['supervisor-hung', ...crashes]],
  ['memory-pressure', ['supervisor-hung', ...crashes]],
  ['flaky-network', [...silence, 'update-stuck']],
  ['supervisor-hung', [...silence, 'update-locked', ...standstill, 'service-not-running']],
  ['supervisor-restarting', standstill],
  ['update-locked', standstill],
  ['update-rejected', ['service-wrong-release']],
  ['service-crash-loop', ['service-not-running']],
]
const rankOf = { critical: 0, attention: 1, unknown: 2 }

/** The code among the present ones that most likely brought this reason about; the most basic one first. */
function causeOf(reason: Sign, present: readonly Sign[]): HealthCode | undefined {
  return effects.find(
    ([cause, brought, holds]) =>
      cause !== reason.code &&
      brought.includes(reason.code) &&
      present.some((sign) => sign.code === cause && (holds?.(sign) ?? true)),
  )?.[0]
}

/**
 * Puts the root cause first. A reason that another present one usually brings about says so (`follows`) and stands
 * after it; of the roots the one with the gravest consequences comes first, its own gravity counted. Pure and stable.
 */
export function orderByCause<T extends Sign>(reasons: readonly T[]): (T & { follows?: HealthCode })[] {
  const linked = reasons.map((reason) => {
    const cause = causeOf(reason, reasons)
    return cause === undefined ? reason : { ...reason, follows: cause }
  })
  const rootOf = (reason: T & { follows?: HealthCode }): HealthCode => {
    const cause = linked.find((other) => other.code === reason.follows)
    return cause === undefined ? reason.code : rootOf(cause)
  }
  const gravest = new Map<HealthCode, number>()
  for (const reason of linked) {
    const root = rootOf(reason)
    gravest.set(root, Math.min(gravest.get(root) ?? 3, rankOf[reason.severity]))
  }
  const depthOf = (reason: T & { follows?: HealthCode }): number => {
    const cause = linked.find((other) => other.code === reason.follows)
    return cause === undefined ? 0 : 1 + depthOf(cause)
  }
  const basic = (code: HealthCode) => {
    const place = effects.findIndex(([cause]) => cause === code)
    return place === -1 ? effects.length : place
  }
  const keys = new Map(
    linked.map((reason) => {
      const root = rootOf(reason)
      return [
        reason,
        [gravest.get(root) ?? 3, basic(root), depthOf(reason), rankOf[reason.severity]] as const,
      ]
    }),
  )
  return [...linked].sort((a, b) => {
    const left = keys.get(a) ?? []
    const right = keys.get(b) ?? []
    const differing = left.findIndex((value, index) => value !== right[index])
    return differing === -1 ? 0 : (left[differing] ?? 0) - (right[differing] ?? 0)
  })
}
