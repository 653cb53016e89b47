import { z } from 'zod'
import { commaList } from '#contract/query'
import { rolloutState, type RolloutRow } from '#contract/rollout'
import { targetLabel } from '@/domain/rollout-target-words'

/** What a rollout list shows, held in the URL. */
export const rolloutListSearch = z.object({
  q: z.string().max(100).default(''),
  state: commaList(rolloutState),
  fleetId: z.coerce.number().int().positive().optional(),
})
export type RolloutListSearch = z.output<typeof rolloutListSearch>

const commitOf = ({ target }: RolloutRow) => (target.kind === 'release' ? target.release.commit : '')

const matchesText = (row: RolloutRow, q: string) =>
  [targetLabel(row.target), commitOf(row), row.fleetName, row.createdBy, `#${row.id}`].some((text) =>
    text.toLowerCase().includes(q.trim().toLowerCase()),
  )

/** The rows that match, and how many each state would leave with the other filters applied. */
export function filterRollouts(rows: readonly RolloutRow[], search: RolloutListSearch) {
  const inText = rows.filter(
    (row) =>
      (search.q.trim() === '' || matchesText(row, search.q)) &&
      (search.fleetId === undefined || row.fleetId === search.fleetId),
  )
  const counts = new Map(rolloutState.options.map((state) => [state, 0]))
  for (const row of inText) counts.set(row.state, (counts.get(row.state) ?? 0) + 1)
  return {
    shown: inText.filter((row) => search.state.length === 0 || search.state.includes(row.state)),
    stateCounts: counts,
  }
}
