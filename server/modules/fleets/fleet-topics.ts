import { encodeWallCells } from '#contract/wall-cells'
import { isWithin } from '#contract/role'
import type { Change } from '../../platform/changes.ts'
import type { FleetDeps } from './fleet-deps.ts'
import { readFleetSummaries } from './fleet-summary.store.ts'
import { readCells } from './fleet-wall.store.ts'

const COUNTER_INTERVAL_MS = 1_000

const fleetOf = (change: Change) => ('fleetId' in change ? change.fleetId : undefined)
const moves = (change: Change): boolean => {
  if (change.kind === 'device')
    return [...change.aspects].some((aspect) => aspect !== 'metrics' && aspect !== 'facts')
  return fleetOf(change) !== undefined
}

/** Live topics of the fleets page, of one fleet and of its wall. */
export function provideFleetTopics(deps: FleetDeps): void {
  deps.hub.provide({
    kind: 'fleets',
    minIntervalMs: COUNTER_INTERVAL_MS,
    spansFleets: true,
    concerns: (_topic, change, { within }) => moves(change) && isWithin(within, fleetOf(change) ?? 0),
    build: async (_topic, changes) => {
      const ids = [...new Set(changes.flatMap((change) => fleetOf(change) ?? []))]
      const upserted = await readFleetSummaries(deps, ids)
      return { upserted, removed: ids.filter((id) => !upserted.some((fleet) => fleet.id === id)) }
    },
  })
  deps.hub.provide({
    kind: 'fleet',
    minIntervalMs: COUNTER_INTERVAL_MS,
    concerns: (topic, change) => moves(change) && fleetOf(change) === topic.fleetId,
    build: async (topic) => ({
      fleet: (await readFleetSummaries(deps, [topic.fleetId]))[0] ?? null,
    }),
  })
  deps.hub.provide({
    kind: 'wall',
    concerns: (topic, change) =>
      (change.kind === 'device' || change.kind === 'device-removed') &&
      moves(change) &&
      change.fleetId === topic.fleetId,
    build: async (topic, changes) => {
      const changed = new Set(
        changes.flatMap((change) =>
          change.kind === 'device' || change.kind === 'device-removed' ? [change.deviceId] : [],
        ),
      )
      const cells = await readCells(deps.db, topic.fleetId, [...changed])
      // Deleted, or moved to another fleet.
      for (const { id } of cells) changed.delete(id)
      return { cells: encodeWallCells(cells.sort((a, b) => a.id - b.id)), removed: [...changed] }
    },
  })
}
