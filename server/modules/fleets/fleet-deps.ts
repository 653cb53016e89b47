import type { Kysely, Transaction } from 'kysely'
import type { AuditInput } from '../../platform/audit-input.ts'
import type { Change } from '../../platform/changes.ts'
import type { Schema } from '../../platform/db/schema.ts'
import type { Hub } from '../../platform/hub.ts'
import type { ReadFleetCounts } from './fleet-summary.store.ts'

export type FleetDeps = {
  db: Kysely<Schema>
  now: () => Date
  hub: Hub
  publish: (changes: readonly Change[]) => void
  counts: ReadFleetCounts
  audit: (db: Kysely<Schema> | Transaction<Schema>, entry: AuditInput) => Promise<void>
  /** Tells the devices of a fleet that what they should run may have changed. */
  nudgeFleet: (fleetId: number) => void
}
