import type { DeviceFilter } from '#contract/device'
import type { RolloutPlan } from '#contract/rollout-plan'

/** Whom the rollout is for: a fleet, narrowed. */
export type PlanTarget = { fleetId: number } & Pick<
  DeviceFilter,
  'q' | 'deviceType' | 'health' | 'connectivity' | 'release' | 'tag'
>

/** What each part of the plan's editor gets. */
export type PlanPartProps = {
  plan: RolloutPlan
  target: PlanTarget
  /** What is wrong with the plan, by path such as `phases.1.reach.percent`. */
  errors: Readonly<Record<string, string>>
  onChange: (change: Partial<RolloutPlan>) => void
}
