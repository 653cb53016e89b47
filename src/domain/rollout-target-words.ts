import type { RolloutTarget } from '#contract/fleet'

/** What a rollout sends, where it stands alone or first: `2.4.0`, `Host OS 6.5.3`. */
export const targetLabel = (target: RolloutTarget): string =>
  target.kind === 'release' ? target.release.semver : `Host OS ${target.osVersion}`

/** The same within a sentence: `2.4.0`, `host OS 6.5.3`. */
export const targetWords = (target: RolloutTarget): string =>
  target.kind === 'release' ? target.release.semver : `host OS ${target.osVersion}`

/** What is sent without saying which: `the release`, `the host OS version`. */
export const targetNoun = (target: RolloutTarget): string =>
  target.kind === 'release' ? 'the release' : 'the host OS version'
