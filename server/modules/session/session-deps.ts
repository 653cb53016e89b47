import type { Kysely } from 'kysely'
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
  audit: (entry: {
    actor: { name: string; kind: 'user' | 'api-token' | 'system' }
    action: string
    subjectKind: string
    subjectId: string
    summary: string
  }) => Promise<void>
}
