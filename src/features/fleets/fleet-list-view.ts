import type { FleetSummary } from '#contract/fleet'
import { oneOf, searchFields, someOf, text } from '@/lib/search-fields'

export const fleetTroubles = ['critical', 'attention', 'offline', 'updating', 'rollout'] as const
export type FleetTrouble = (typeof fleetTroubles)[number]
export const fleetSorts = ['trouble', 'name', 'devices'] as const
export type FleetSort = (typeof fleetSorts)[number]

/** What the fleets page shows, held in the URL. */
export const fleetListSearch = searchFields({
  q: text(),
  with: someOf(fleetTroubles),
  sort: oneOf(fleetSorts, 'trouble'),
})
export type FleetListSearch = ReturnType<typeof fleetListSearch.parse>

const has: Record<FleetTrouble, (fleet: FleetSummary) => boolean> = {
  critical: (fleet) => fleet.health.critical > 0,
  attention: (fleet) => fleet.health.attention > 0,
  offline: (fleet) => fleet.devices.offline > 0,
  updating: (fleet) => fleet.devices.updating > 0,
  rollout: (fleet) => fleet.activeRollout !== null,
}

const byName = (a: FleetSummary, b: FleetSummary) => a.name.localeCompare(b.name)
const comparisons: Record<FleetSort, (a: FleetSummary, b: FleetSummary) => number> = {
  // The gateway's own order, so that a live change sorts as a fresh load would.
  trouble: (a, b) =>
    b.health.critical - a.health.critical ||
    b.health.attention - a.health.attention ||
    b.devices.offline - a.devices.offline ||
    byName(a, b),
  name: byName,
  devices: (a, b) => b.devices.total - a.devices.total || byName(a, b),
}

const matchesName = (fleet: FleetSummary, q: string) =>
  fleet.name.toLowerCase().includes(q.trim().toLowerCase())
const matchesAny = (fleet: FleetSummary, troubles: readonly FleetTrouble[]) =>
  troubles.length === 0 || troubles.some((trouble) => has[trouble](fleet))

/** The fleets to show, in order. */
export function selectFleets(fleets: readonly FleetSummary[], search: FleetListSearch): FleetSummary[] {
  return fleets
    .filter((fleet) => matchesName(fleet, search.q) && matchesAny(fleet, search.with))
    .sort(comparisons[search.sort])
}

/** How many of the fleets found by name each filter value would show. */
export function countTroubles(fleets: readonly FleetSummary[], q: string): Record<FleetTrouble, number> {
  const named = fleets.filter((fleet) => matchesName(fleet, q))
  const count = (trouble: FleetTrouble) => named.filter((fleet) => has[trouble](fleet)).length
  return {
    critical: count('critical'),
    attention: count('attention'),
    offline: count('offline'),
    updating: count('updating'),
    rollout: count('rollout'),
  }
}

/**
 * Keeps what is on screen where it is: ids of `held` that are still wanted stay in place, new ones come last. Without
 * `held` the wanted order counts.
 */
export function calmOrder(held: readonly number[] | null, wanted: readonly number[]): number[] {
  if (held === null) return [...wanted]
  const all = new Set(wanted)
  const kept = held.filter((id) => all.has(id))
  const known = new Set(kept)
  return [...kept, ...wanted.filter((id) => !known.has(id))]
}
