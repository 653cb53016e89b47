import { z } from 'zod'
import { commaList } from '#contract/query'
import { rolloutState, type RolloutRow } from '#contract/rollout'

/** What a rollout list shows, held in the URL. */
export const rolloutListSearch = z.object({
  q: z.string().max(100).default(''),
  state: commaList(rolloutState),
  fleetId: z.coerce.number().int().positive().optional(),
  after: z.string().max(500).optional(),
})
export type RolloutListSearch = z.output<typeof rolloutListSearch>

/** How many of the rows on screen have left the states that were asked for since they were read. */
export const countLeft = (
  rows: readonly RolloutRow[],
  { state }: Pick<RolloutListSearch, 'state'>,
): number => (state.length === 0 ? 0 : rows.filter((row) => !state.includes(row.state)).length)
