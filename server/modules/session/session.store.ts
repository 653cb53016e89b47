import { sql, type Kysely, type Transaction } from 'kysely'
import type { ApiToken, Role, User } from '#contract/session'
import type { Schema } from '../../platform/db/schema.ts'
import { hashSecret, makeSecret } from '../../platform/secrets.ts'

type Db = Kysely<Schema> | Transaction<Schema>
type UserRow = {
  id: number
  name: string
  email: string
  role: Role
  created_at: Date
  last_sign_in_at: Date | null
  is_disabled: boolean
}

export const toUser = (row: UserRow): User => ({
  id: row.id,
  name: row.name,
  email: row.email,
  role: row.role,
  createdAt: row.created_at.toISOString(),
  lastSignInAt: row.last_sign_in_at?.toISOString() ?? null,
  isDisabled: row.is_disabled,
})

export const listUsers = async (db: Db) =>
  (await db.selectFrom('app_user').selectAll().orderBy('name').execute()).map(toUser)
export const findUser = (db: Db, id: number) =>
  db.selectFrom('app_user').selectAll().where('id', '=', id).executeTakeFirst()
export const findUserByEmail = (db: Db, email: string) =>
  db
    .selectFrom('app_user')
    .selectAll()
    .where(sql<boolean>`lower(email) = lower(${email})`)
    .executeTakeFirst()
export const countUsers = async (db: Db) =>
  (
    await db
      .selectFrom('app_user')
      .select((eb) => eb.fn.countAll<number>().as('count'))
      .executeTakeFirstOrThrow()
  ).count
/** Makes other changes of administrators wait until this transaction ends. */
export const lockAdmins = (trx: Transaction<Schema>) =>
  trx.selectFrom('app_user').select('id').where('role', '=', 'admin').orderBy('id').forUpdate().execute()

/** Administrators that can still sign in, other than this account. */
export const countOtherAdmins = async (db: Db, exceptUserId: number) =>
  (
    await db
      .selectFrom('app_user')
      .select((eb) => eb.fn.countAll<number>().as('count'))
      .where('role', '=', 'admin')
      .where('is_disabled', '=', false)
      .where('id', '<>', exceptUserId)
      .executeTakeFirstOrThrow()
  ).count

export async function insertSession(db: Db, userId: number, now: Date, hours: number) {
  const token = makeSecret('')
  const csrfToken = makeSecret('')
  const expiresAt = new Date(now.getTime() + hours * 3_600_000)
  await db
    .insertInto('user_session')
    .values({
      token_hash: hashSecret(token),
      user_id: userId,
      csrf_token: csrfToken,
      created_at: now,
      last_seen_at: now,
      expires_at: expiresAt,
    })
    .execute()
  await db.updateTable('app_user').set({ last_sign_in_at: now }).where('id', '=', userId).execute()
  return { token, csrfToken, expiresAt }
}

/** The session of this cookie with its account, unless it ended or the account is disabled. */
export const findSession = (db: Db, token: string, now: Date) =>
  db
    .selectFrom('user_session as s')
    .innerJoin('app_user as u', 'u.id', 's.user_id')
    .select(['s.token_hash', 's.csrf_token', 's.expires_at', 'u.id', 'u.name', 'u.email', 'u.role'])
    .where('s.token_hash', '=', hashSecret(token))
    .where('s.expires_at', '>', now)
    .where('u.is_disabled', '=', false)
    .executeTakeFirst()

/** Ends sessions of an account, all or all but one; answers their ids so that their sockets close too. */
export async function endSessions(db: Db, userId: number, exceptSessionId: string | null): Promise<string[]> {
  const ended = await db
    .deleteFrom('user_session')
    .where('user_id', '=', userId)
    .$if(exceptSessionId !== null, (q) => q.where('token_hash', '<>', exceptSessionId ?? ''))
    .returning('token_hash')
    .execute()
  return ended.map((row) => row.token_hash)
}

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
  role: Role
  created_by: string
  created_at: Date
  expires_at: Date | null
  last_used_at: Date | null
}
export const toApiToken = (row: TokenRow): ApiToken => ({
  id: row.id,
  name: row.name,
  role: row.role,
  createdBy: row.created_by,
  createdAt: row.created_at.toISOString(),
  expiresAt: row.expires_at?.toISOString() ?? null,
  lastUsedAt: row.last_used_at?.toISOString() ?? null,
})

/** The living API token of this secret; notes its use at most once a minute. */
export async function useApiToken(db: Db, secret: string, now: Date) {
  const token = await db
    .selectFrom('api_token')
    .selectAll()
    .where('token_hash', '=', hashSecret(secret))
    .where('revoked_at', 'is', null)
    .where((eb) => eb.or([eb('expires_at', 'is', null), eb('expires_at', '>', now)]))
    .executeTakeFirst()
  if (token && (token.last_used_at === null || now.getTime() - token.last_used_at.getTime() > 60_000)) {
    await db.updateTable('api_token').set({ last_used_at: now }).where('id', '=', token.id).execute()
  }
  return token
}
