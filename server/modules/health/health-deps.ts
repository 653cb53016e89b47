import type { Kysely, Transaction } from 'kysely'
import type { AuditInput } from '../../platform/audit-input.ts'
import type { Change } from '../../platform/changes.ts'
import type { Schema } from '../../platform/db/schema.ts'

export type HealthDeps = {
  db: Kysely<Schema>
  now: () => Date
  publish: (changes: readonly Change[]) => void
  audit: (db: Kysely<Schema> | Transaction<Schema>, entry: AuditInput) => Promise<void>
  /** Judges these devices now, on what is stored of them. */
  check: (deviceIds: readonly number[]) => Promise<void>
}
