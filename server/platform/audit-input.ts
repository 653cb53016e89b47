import type { Kysely, Transaction } from 'kysely'
import type { Schema } from './db/schema.ts'

/** The key that a write came with (`idempotency.ts`), to be taken in the transaction of its effect. */
export type Claim = { take: (db: Kysely<Schema> | Transaction<Schema>) => Promise<void> }

/** What a module tells the audit log of one change; the audit module stores it. */
export type AuditInput = {
  actor: {
    name: string
    kind: 'user' | 'api-token' | 'device' | 'system'
    address?: string
    /** Where what was asked came with a key: whoever records the effect takes it. */
    claim?: Claim | undefined
  }
  action: string
  subjectKind: string
  subjectId: string
  fleetId?: number | null
  summary: string
  data?: Record<string, unknown>
}
