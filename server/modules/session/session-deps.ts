import type { FastifyBaseLogger } from 'fastify'
import type { Kysely, Transaction } from 'kysely'
import type { AuditInput } from '../../platform/audit-input.ts'
import type { SourceOutline } from '#contract/source'
import type { Schema } from '../../platform/db/schema.ts'
import type { OpenIdSettings } from '../../platform/openid-settings.ts'

export type SessionDeps = {
  db: Kysely<Schema>
  now: () => Date
  log: Pick<FastifyBaseLogger, 'warn'>
  sessionHours: number
  /** A session in which nobody is seen for so long ends; an open page is seen. */
  sessionIdleHours: number
  /** Whether cookies are only sent over TLS: when the public address is https. */
  isSecure: boolean
  publicUrl: () => string
  /** Where people sign in besides here; null: nowhere. */
  openId: OpenIdSettings | null
  /** Whether one may sign in with a password of this gateway. */
  hasPasswords: boolean
  /** Whether an account of this gateway may do nothing before it has a second step. */
  isSecondStepRequired: boolean
  /** Where fleets come from, which the page must know from the first answer. */
  source: () => SourceOutline
  /** Closes the sockets of an ended session. */
  endSockets: (sessionId: string) => void
  /** What these people may do has changed: their open pages ask anew. */
  renewRights: (userIds: readonly number[]) => void
  audit: (db: Kysely<Schema> | Transaction<Schema>, entry: AuditInput) => Promise<void>
}
