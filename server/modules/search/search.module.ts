import type { FastifyInstance } from 'fastify'
import type { Kysely } from 'kysely'
import { routes } from '#contract/routes'
import type { DeviceSearchResult, FoundDevice } from '#contract/search'
import type { Schema } from '../../platform/db/schema.ts'
import { registerRoute } from '../../platform/register-route.ts'
import { findDevices, type Found } from './search.service.ts'
import { indexDevices, pruneWords } from './search-index.store.ts'

const toFoundDevice = ({ row, find }: Found): FoundDevice => ({
  uuid: row.uuid,
  name: row.name,
  fleetId: row.fleet_id,
  fleetName: row.fleet_name,
  health: row.health,
  connectivity: row.connectivity,
  connectivityChangedAt: row.connectivity_changed_at?.toISOString() ?? null,
  lastSeenAt: row.last_seen_at?.toISOString() ?? null,
  grade: find.grade,
  matches: find.matches.map(({ field, label, value, grade }) => ({ field, label, value, grade })),
})

/** Finds devices by whatever a person on the telephone can read out. */
export function searchModule({ db }: { db: Kysely<Schema> }) {
  return {
    register(app: FastifyInstance): void {
      registerRoute(app, routes.searchDevices, async ({ query, within }): Promise<DeviceSearchResult> => {
        const found = await findDevices({ db, within }, query.q, query.limit)
        return {
          devices: found.slice(0, query.limit).map(toFoundDevice),
          isMore: found.length > query.limit,
        }
      })
    },
    index: () => indexDevices(db),
    prune: () => pruneWords(db),
  }
}
