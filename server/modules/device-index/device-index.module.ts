import type { Kysely } from 'kysely'
import type { DeviceFacets, DeviceFilter, DeviceListQuery } from '#contract/device'
import type { Logger } from '../../platform/logger.ts'
import type { Schema } from '../../platform/db/schema.ts'
import type { Within } from '../../platform/within.ts'
import { facetsOf, labelled } from './device-facets.ts'
import { DeviceIndex } from './device-index.service.ts'
import { pruneChanges, readLabels } from './device-index.store.ts'
import { matchingSlots } from './device-match.ts'
import { edgeOf, pageOf, type PageEdge } from './device-page.ts'
import { slotAtPlace } from './device-place.ts'
import { fleetCountsOf, type FleetCounts } from './fleet-counts.ts'

/** What devices are listed, counted and summed up by, without a look at all of them. */
export function deviceIndexModule(deps: { db: Kysely<Schema>; now: () => Date; log: Logger }) {
  const { db } = deps
  const index = new DeviceIndex(db, deps.now)

  async function facets(filter: Within<DeviceFilter>): Promise<DeviceFacets> {
    const { columns } = await index.fresh()
    const counts = facetsOf(columns, filter)
    const labels = await readLabels(db, {
      deviceTypes: counts.deviceType.map(({ value }) => value),
      releaseIds: counts.release.map(({ value }) => Number(value)).filter((id) => Number.isSafeInteger(id)),
    })
    return labelled(counts, labels)
  }

  return {
    facets,
    /**
     * Ids of one page in order, how many devices match, and where the page ended; null: it is the last. The page begins
     * after an edge, or without one at `query.offset`.
     */
    async page(
      query: Within<DeviceListQuery>,
      after: PageEdge | null,
    ): Promise<{ ids: number[]; total: number; next: PageEdge | null }> {
      const { columns } = await index.fresh()
      const slots = matchingSlots(columns, query, { isPassing: true })
      const before =
        after === null && query.offset > 0 ? slotAtPlace(columns, slots, query, query.offset - 1) : undefined
      const isBeyond = after === null && query.offset > slots.length
      const edge = before === undefined ? after : edgeOf(columns, query.sort, before)
      const found = isBeyond ? [] : pageOf(columns, slots, query, edge, query.limit + 1)
      const shown = found.slice(0, query.limit)
      const last = shown.at(-1)
      return {
        ids: shown.map((slot) => columns.ids[slot] ?? 0),
        total: slots.length,
        next: found.length > query.limit && last !== undefined ? edgeOf(columns, query.sort, last) : null,
      }
    },
    /** How many devices match, and which of `among`. */
    async match(
      filter: Within<DeviceFilter>,
      among: readonly number[],
    ): Promise<{ total: number; matching: ReadonlySet<number> }> {
      const { columns } = await index.fresh()
      const slots = matchingSlots(columns, filter, { isPassing: true })
      const asked = new Set(among)
      const matching = new Set<number>()
      if (asked.size > 0)
        for (const slot of slots) {
          const id = columns.ids[slot] ?? 0
          if (asked.has(id)) matching.add(id)
        }
      return { total: slots.length, matching }
    },
    /** Kept counts of these fleets. */
    async fleetCounts(fleetIds: readonly number[]): Promise<Map<number, FleetCounts>> {
      const view = await index.fresh()
      const nowMs = deps.now().getTime()
      return new Map(fleetIds.map((id) => [id, fleetCountsOf(view, id, nowMs)]))
    },
    /** Begins to read the devices; lists that are asked for meanwhile wait for it. */
    start(): void {
      index.fresh().catch((error: unknown) => deps.log.error({ err: error }, 'devices could not be indexed'))
    },
    /** Job: follows what changed, so that no list finds much of it. */
    async follow(): Promise<void> {
      await index.fresh()
    },
    prune: () => pruneChanges(db),
  }
}
