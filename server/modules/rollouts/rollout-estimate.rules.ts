import type { RolloutPreview } from '#contract/rollout'
import type { RolloutPlan } from '#contract/rollout-plan'

type Estimate = RolloutPreview['estimate']
/** Minutes from the offer to running the release, as devices of the fleet took in former rollouts; null: none is known. */
export type KnownDuration = { medianMinutes: number; devices: number } | null

const plural = (count: number, word: string) => `${count} ${word}${count === 1 ? '' : 's'}`
const rounded = (minutes: number) => (minutes < 10 ? Math.round(minutes * 10) / 10 : Math.round(minutes))

/** Minutes until the last of `devices` is offered, as the plan's rate lets them. */
function offeringMinutes(plan: RolloutPlan, devices: number, updateMinutes: number): number {
  const byRate = plan.startsPerMinute === null ? 0 : Math.ceil(devices / plan.startsPerMinute) - 1
  const byPlaces = plan.maxUpdating === null ? 0 : (Math.ceil(devices / plan.maxUpdating) - 1) * updateMinutes
  return Math.max(byRate, byPlaces)
}

/**
 * How long a rollout takes at the least: phase after phase, the time of offering at the plan's rate, of one update and of
 * the soak, if every device that can be heard updates well and every gate lets the next phase open. Pure.
 */
export function estimateDuration(
  plan: RolloutPlan,
  phases: readonly { devices: number; offline: number; isControl: boolean }[],
  known: KnownDuration,
): Estimate {
  const updateMinutes = known?.medianMinutes ?? 0
  let minimum = 0
  let soak = 0
  let counted = 0
  for (const [index, phase] of phases.entries()) {
    const devices = phase.devices - phase.offline
    if (devices <= 0) continue
    // The control group soaks as long as the plan's last phase.
    const soakMinutes = ((plan.phases[index] ?? plan.phases.at(-1))?.soakSeconds ?? 0) / 60
    counted++
    soak += soakMinutes
    minimum += offeringMinutes(plan, devices, updateMinutes) + updateMinutes + soakMinutes
  }
  if (counted === 0)
    return { minimumMinutes: null, basis: 'No device that can be heard now would be updated.' }
  return { minimumMinutes: rounded(minimum), basis: basisOf(plan, known, counted, rounded(soak)) }
}

function basisOf(plan: RolloutPlan, known: KnownDuration, phases: number, soakMinutes: number): string {
  const counted = [
    `${plural(soakMinutes, 'minute')} of soak in ${plural(phases, 'phase')}`,
    ...(known === null
      ? []
      : [
          `${plural(rounded(known.medianMinutes), 'minute')} an update, the median of ${plural(known.devices, 'device')} in former rollouts`,
        ]),
    ...(plan.startsPerMinute === null ? [] : [`${plural(plan.startsPerMinute, 'offer')} a minute`]),
    ...(plan.maxUpdating === null || known === null ? [] : [`${plan.maxUpdating} at once`]),
  ]
  const approvals = plan.phases.filter((phase, index) => index > 0 && phase.approval === 'manual').length
  const left = [
    ...(known === null ? ['the updates themselves (no former rollout to go by)'] : []),
    ...(approvals === 0 ? [] : [`the wait for ${plural(approvals, 'approval')}`]),
    ...(plan.window === null ? [] : ['the wait for the maintenance window']),
    'offline devices',
  ]
  return `Counted: ${counted.join(', ')}. Not counted: ${left.join(', ')}.`
}
