import type { Kysely, Transaction } from 'kysely'
import type { AuditInput } from '../../platform/audit-input.ts'
import type { Schema } from '../../platform/db/schema.ts'

export type SessionDeps = {
  db: Kysely<Schema>
  now: () => Date
  sessionHours: number
  /** Whether cookies are only sent over TLS: when the public address is https. */
  isSecure: boolean
  publicUrl: () => string
  /** Closes the sockets of an ended session. */
  endSockets: (sessionId: string) => void
  /** What these people may do has changed: their open pages ask anew. */
  renewRights: (userIds: readonly number[]) => void
  audit: (db: Kysely<Schema> | Transaction<Schema>, entry: AuditInput) => Promise<void>
}
