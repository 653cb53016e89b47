import type { RolloutState } from '#contract/rollout'

/** While and after rolling back, being back on the former release is the goal. */
export const isBackward = (state: RolloutState): boolean =>
  state === 'rolling-back' || state === 'rolled-back'

/** Whether devices may still change state by themselves. */
export const isMoving = (state: RolloutState): boolean =>
  state === 'running' || state === 'paused' || state === 'rolling-back'
