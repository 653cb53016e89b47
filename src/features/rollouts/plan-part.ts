import type { RolloutPlan } from '#contract/rollout-plan'

/** What each part of the plan's editor gets. */
export type PlanPartProps = {
  plan: RolloutPlan
  /** What is wrong with the plan, by path such as `phases.1.reach.percent`. */
  errors: Readonly<Record<string, string>>
  onChange: (change: Partial<RolloutPlan>) => void
}
