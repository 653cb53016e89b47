import type { Kysely, Transaction } from 'kysely'
import type { AuditInput } from '../../platform/audit-input.ts'
import type { Changes } from '../../platform/changes.ts'
import type { Schema } from '../../platform/db/schema.ts'
import type { Hub } from '../../platform/hub.ts'

export type WebhookDeps = {
  db: Kysely<Schema>
  now: () => Date
  hub: Hub
  publish: Changes['publish']
  audit: (trx: Transaction<Schema>, entry: AuditInput) => Promise<void>
  /** Whether addresses of the own machine and network may be called. */
  isPrivateAllowed: boolean
}
