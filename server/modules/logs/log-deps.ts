import type { Kysely, Transaction } from 'kysely'
import type { AuditInput } from '../../platform/audit-input.ts'
import type { Schema } from '../../platform/db/schema.ts'
import type { Hub } from '../../platform/hub.ts'
import type { Settling } from './line-settler.ts'
import type { RetentionLimits } from './log-retention.rules.ts'

export type LogDeps = {
  db: Kysely<Schema>
  now: () => Date
  hub: Hub
  audit: (db: Kysely<Schema> | Transaction<Schema>, entry: AuditInput) => Promise<void>
  /** Holds for fleets without limits of their own. */
  retention: RetentionLimits
  linesPerDevice: number
  /** Where several gateways store lines; null: this one alone. */
  settling: Settling | null
}
