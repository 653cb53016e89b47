import { sql, type Kysely, type Transaction } from 'kysely'
import type { FleetRole, Role } from '#contract/role'
import type { ApiToken } from '#contract/session'
import type { Schema } from '../../platform/db/schema.ts'
import { hashSecret, makeSecret } from '../../platform/secrets.ts'
import { ownFleetRoles } from './access.store.ts'
import { SEEN_EVERY_MS } from './session.store.ts'

type Db = Kysely<Schema> | Transaction<Schema>

/** A link that works once, for so many minutes. */
export async function createLink(
  db: Db,
  purpose: 'setup' | 'sign-in',
  userId: number | null,
  now: Date,
  minutes: number,
) {
  const token = makeSecret('')
  const expiresAt = new Date(now.getTime() + minutes * 60_000)
  await db
    .insertInto('one_time_link')
    .values({
      token_hash: hashSecret(token),
      purpose,
      user_id: userId,
      created_at: now,
      expires_at: expiresAt,
    })
    .execute()
  return { token, expiresAt }
}

/** Whose sign-in link this is, as long as it can be used. */
export const findLinkUser = (db: Db, token: string, now: Date) =>
  db
    .selectFrom('one_time_link as l')
    .innerJoin('app_user as u', 'u.id', 'l.user_id')
    .selectAll('u')
    .where('l.token_hash', '=', hashSecret(token))
    .where('l.purpose', '=', 'sign-in')
    .where('l.used_at', 'is', null)
    .where('l.expires_at', '>', now)
    .where('u.is_disabled', '=', false)
    .executeTakeFirst()

/** Uses a link up. Null when it is unknown, used or too old: two clicks at once get one session. */
export const takeLink = (db: Db, purpose: 'setup' | 'sign-in', token: string, now: Date) =>
  db
    .updateTable('one_time_link')
    .set({ used_at: now })
    .where('token_hash', '=', hashSecret(token))
    .where('purpose', '=', purpose)
    .where('used_at', 'is', null)
    .where('expires_at', '>', now)
    .returning(['user_id'])
    .executeTakeFirst()

type TokenRow = {
  id: number
  name: string
  role: Role | null
  fleets: FleetRole[]
  created_by: string
  created_at: Date
  expires_at: Date | null
  last_used_at: Date | null
}
const toApiToken = (row: TokenRow): ApiToken => ({
  id: row.id,
  name: row.name,
  access: { everywhere: row.role, fleets: row.fleets },
  createdBy: row.created_by,
  createdAt: row.created_at.toISOString(),
  expiresAt: row.expires_at?.toISOString() ?? null,
  lastUsedAt: row.last_used_at?.toISOString() ?? null,
})

/** Tokens that were not revoked, newest first, or only the one with this id. */
export async function listApiTokens(db: Db, only?: number): Promise<ApiToken[]> {
  const rows = await db
    .selectFrom('api_token as t')
    .selectAll('t')
    .select(ownFleetRoles('token_id', sql`t.id`).as('fleets'))
    .where('t.revoked_at', 'is', null)
    .$if(only !== undefined, (q) => q.where('t.id', '=', only ?? 0))
    .orderBy('t.id', 'desc')
    .execute()
  return rows.map(toApiToken)
}

/** The living API token of this secret; notes its use at most once a minute. */
export async function useApiToken(db: Db, secret: string, now: Date) {
  const token = await db
    .selectFrom('api_token')
    .selectAll()
    .select(ownFleetRoles('token_id', sql`api_token.id`).as('fleets'))
    .where('token_hash', '=', hashSecret(secret))
    .where('revoked_at', 'is', null)
    .where((eb) => eb.or([eb('expires_at', 'is', null), eb('expires_at', '>', now)]))
    .executeTakeFirst()
  if (
    token &&
    (token.last_used_at === null || now.getTime() - token.last_used_at.getTime() > SEEN_EVERY_MS)
  ) {
    await db.updateTable('api_token').set({ last_used_at: now }).where('id', '=', token.id).execute()
  }
  return token
}
