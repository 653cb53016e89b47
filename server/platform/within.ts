import { sql, type RawBuilder } from 'kysely'
import type { FleetScope } from '#contract/role'

/** A filter with the fleets that whoever asks may see; nothing of others matches. */
export type Within<T> = T & { readonly within: FleetScope }

/** SQL: `fleetId` is one of them. */
export const isFleetWithin = (scope: FleetScope, fleetId: RawBuilder<unknown>): RawBuilder<boolean> =>
  scope === 'all' ? sql<boolean>`true` : sql<boolean>`${fleetId} = any(${[...scope]}::bigint[])`
