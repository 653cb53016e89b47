import type { RolloutDeviceState } from '#contract/rollout'
import type { RolloutCounts } from '@/domain/rollout-states'
import type { PlacedDevicePage, RolloutDeviceFilter } from './rollouts.queries'

/** Rows stand in this order of the gateway's: trouble first, finished last. */
const rank: Record<RolloutDeviceState, number> = {
  failed: 0,
  downloading: 1,
  installing: 1,
  rebooting: 1,
  verifying: 2,
  offered: 3,
  waiting: 4,
  offline: 5,
  succeeded: 6,
  skipped: 6,
  'rolled-back': 6,
}

/**
 * How many rows would stand elsewhere, be gone or have come if the list were read now. Rows change in place but do not
 * jump under a hand, so the list says this instead.
 */
export function countMoved(
  page: PlacedDevicePage,
  filter: RolloutDeviceFilter,
  counts: RolloutCounts,
): number {
  const moved = page.rows.filter((row) => {
    const placed = page.placed[row.uuid]
    return placed !== undefined && rank[placed] !== rank[row.state]
  }).length
  if (filter.state.length === 0 || filter.q !== '') return moved
  const live = filter.state.reduce((sum, state) => sum + counts[state], 0)
  return Math.max(moved, Math.abs(live - page.total))
}
