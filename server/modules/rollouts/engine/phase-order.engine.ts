import type { RolloutPlan } from '#contract/rollout-plan'

export type Ordered = { deviceId: number; position: number; tags: Readonly<Record<string, string>> }

/**
 * Deterministic place of a device in a rollout's order: FNV-1a over rollout id and device uuid, as a
 * non-negative 31-bit integer. Not for security; only so that membership of phases never changes.
 */
export function rolloutPosition(rolloutId: number, uuid: string): number {
  let hash = 0x811c9dc5
  for (const character of `${rolloutId}:${uuid}`) {
    hash ^= character.charCodeAt(0)
    hash = Math.imul(hash, 0x01000193)
  }
  return hash >>> 1
}

/** Index of the phase that holds the control group: it comes after all phases of the plan; null without one. */
export const controlPhaseIndex = (plan: RolloutPlan) => (plan.controlPercent > 0 ? plan.phases.length : null)

/** How many phases a rollout of this plan has, the control group's among them. */
export const phaseCount = (plan: RolloutPlan) => plan.phases.length + (plan.controlPercent > 0 ? 1 : 0)

/**
 * Which phase each device belongs to, fixed at start. The control group are the last devices of the order; the phases
 * fill up from its beginning: a share or count is cumulative over all phases before, a tag takes every device that
 * carries it, and the last phase takes what is left.
 */
export function assignPhases(plan: RolloutPlan, devices: readonly Ordered[]): Map<number, number> {
  const ordered = [...devices].sort((a, b) => a.position - b.position || a.deviceId - b.deviceId)
  const control = Math.min(
    Math.max(0, ordered.length - 1),
    Math.round((plan.controlPercent / 100) * ordered.length),
  )
  const phaseOf = new Map<number, number>()
  for (const device of ordered.slice(ordered.length - control))
    phaseOf.set(device.deviceId, plan.phases.length)
  const open = ordered.slice(0, ordered.length - control)
  let assigned = 0
  for (const [index, { reach }] of plan.phases.entries()) {
    const isLast = index === plan.phases.length - 1
    const upTo =
      reach.kind === 'percent'
        ? Math.ceil((reach.percent / 100) * open.length)
        : reach.kind === 'count'
          ? reach.count
          : open.length
    for (const device of open) {
      if (phaseOf.has(device.deviceId)) continue
      if (!isLast && reach.kind !== 'tag' && assigned >= upTo) break
      if (!isLast && reach.kind === 'tag' && !carries(device, reach)) continue
      phaseOf.set(device.deviceId, index)
      assigned++
    }
  }
  return phaseOf
}

const carries = (device: Ordered, tag: { key: string; value: string | null }) =>
  Object.hasOwn(device.tags, tag.key) && (tag.value === null || device.tags[tag.key] === tag.value)
