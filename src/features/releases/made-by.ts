import type { ReleaseRow } from '#contract/release'

/** By whom, in words; nothing of a release that was read from a source which does not tell. */
export const madeBy = ({ createdBy }: Pick<ReleaseRow, 'createdBy'>) =>
  createdBy === '' ? '' : `by ${createdBy}`
