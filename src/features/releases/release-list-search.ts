import { z } from 'zod'
import { commaList } from '#contract/query'
import { releaseStatus } from '#contract/release'

const releaseId = z.coerce.number().int().positive()

/** What a release list shows, held in the URL. `compare`: the one or two releases chosen for comparison. */
export const releaseListSearch = z.object({
  q: z.string().max(100).default(''),
  status: commaList(releaseStatus),
  fleetId: releaseId.optional(),
  compare: commaList(releaseId),
})

/**
 * The choice after a click on a release: at most two, and both of one fleet, since a device never goes from one fleet's
 * release to another's. The third takes the place of the oldest choice.
 */
export function toggleCompared(chosen: readonly number[], releaseId: number): number[] {
  if (chosen.includes(releaseId)) return chosen.filter((id) => id !== releaseId)
  return [...chosen, releaseId].slice(-2)
}
