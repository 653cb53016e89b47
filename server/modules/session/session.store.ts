import { sql, type Insertable, type Kysely, type RawBuilder, type Transaction } from 'kysely'
import type { Access, FleetRole, Role } from '#contract/role'
import type { ApiToken, User, UserSession } from '#contract/session'
import type { Schema } from '../../platform/db/schema.ts'
import { Problem } from '../../platform/problem.ts'
import { hashSecret, makeSecret } from '../../platform/secrets.ts'
import { allFleetRoles, groupRoles, ownFleetRoles, toAccess } from './access.store.ts'

type Db = Kysely<Schema> | Transaction<Schema>

const MAX_USER_AGENT = 300
/** That a session or token is used is noted at most so often. */
const SEEN_EVERY_MS = 60_000
type UserRow = {
  id: number
  name: string
  email: string
  role: Role | null
  created_at: Date
  last_sign_in_at: Date | null
  is_disabled: boolean
  openid_subject: string | null
  has_totp: boolean
  fleets: FleetRole[]
  group_ids: number[]
}

export const accountKindOf = (row: { openid_subject: string | null }): User['signsInBy'] =>
  row.openid_subject === null ? 'password' : 'openid'

const toUser = (row: UserRow): User => ({
  id: row.id,
  name: row.name,
  email: row.email,
  signsInBy: accountKindOf(row),
  access: { everywhere: row.role, fleets: row.fleets },
  groupIds: row.group_ids,
  createdAt: row.created_at.toISOString(),
  lastSignInAt: row.last_sign_in_at?.toISOString() ?? null,
  isDisabled: row.is_disabled,
  hasTotp: row.has_totp,
})

async function readUsers(db: Db, condition: RawBuilder<unknown>): Promise<User[]> {
  const { rows } = await sql<UserRow>`
    select u.id, u.name, u.email, u.role, u.created_at, u.last_sign_in_at, u.is_disabled, u.openid_subject,
      exists (select 1 from user_totp t where t.user_id = u.id and t.confirmed_at is not null) as has_totp,
      ${ownFleetRoles('user_id', sql`u.id`)} as fleets,
      coalesce((select jsonb_agg(m.group_id order by m.group_id) from group_member m where m.user_id = u.id), '[]'::jsonb) as group_ids
    from app_user u where ${condition} order by u.name, u.id`.execute(db)
  return rows.map(toUser)
}
export const listUsers = (db: Db) => readUsers(db, sql`true`)

/** The account with this id, which must be there. */
export async function readUser(db: Db, id: number): Promise<User> {
  const [account] = await readUsers(db, sql`u.id = ${id}`)
  if (!account) throw Problem.notFound('account', String(id))
  return account
}
export const findUser = (db: Db, id: number) =>
  db.selectFrom('app_user').selectAll().where('id', '=', id).executeTakeFirst()
/** The account that signs in with this e-mail; what an OpenID provider says of its own is another thing. */
export const findUserByEmail = (db: Db, email: string) =>
  db
    .selectFrom('app_user')
    .selectAll()
    .where('openid_subject', 'is', null)
    .where(sql<boolean>`lower(email) = lower(${email})`)
    .executeTakeFirst()
/** Makes an account with a password; throws a problem where its e-mail is that of another one. */
export async function insertUser(
  trx: Transaction<Schema>,
  account: Pick<Insertable<Schema['app_user']>, 'name' | 'email' | 'role' | 'password_hash' | 'created_at'>,
) {
  const made = await trx
    .insertInto('app_user')
    .values(account)
    .onConflict((conflict) =>
      conflict
        .expression(sql`lower(email)`)
        .where('openid_subject', 'is', null)
        .doNothing(),
    )
    .returningAll()
    .executeTakeFirst()
  if (made) return made
  throw Problem.conflict('email-taken', 'An account with this e-mail exists', [
    { field: 'body.email', reason: 'belongs to another account' },
  ])
}

/** Accounts that are administrators by themselves, whether they can sign in or not. */
export const countAdmins = async (db: Db) =>
  (
    await db
      .selectFrom('app_user')
      .select((eb) => eb.fn.countAll<number>().as('count'))
      .where('role', '=', 'admin')
      .executeTakeFirstOrThrow()
  ).count
/** Makes other changes of administrators wait until this transaction ends. */
export const lockAdmins = (trx: Transaction<Schema>) =>
  trx.selectFrom('app_user').select('id').where('role', '=', 'admin').orderBy('id').forUpdate().execute()

/**
 * Accounts that are administrators of their own and can still sign in, other than this one; groups can be deleted, and what a
 * provider says can change, so it counts only for accounts that are its own.
 */
export const countOtherAdmins = async (db: Db, except: { id: number; openid_subject: string | null }) =>
  (
    await db
      .selectFrom('app_user')
      .select((eb) => eb.fn.countAll<number>().as('count'))
      .where('role', '=', 'admin')
      .where('is_disabled', '=', false)
      .where('id', '<>', except.id)
      .$if(except.openid_subject === null, (q) => q.where('openid_subject', 'is', null))
      .executeTakeFirstOrThrow()
  ).count

/** Sessions that have not run out, in which somebody was seen since `seenAfter`. */
export type Alive = { now: Date; seenAfter: Date }
export function aliveNow({ now, sessionIdleHours }: { now: () => Date; sessionIdleHours: number }): Alive {
  const at = now()
  return { now: at, seenAfter: new Date(at.getTime() - sessionIdleHours * 3_600_000) }
}
const isAlive = ({ now, seenAfter }: Alive) =>
  sql<boolean>`s.expires_at > ${now} and s.last_seen_at > ${seenAfter}`

/** The browser that signs in, as far as it tells. */
export type Browser = { userAgent: string; address: string }

export async function insertSession(db: Db, userId: number, now: Date, hours: number, browser: Browser) {
  const token = makeSecret('')
  const csrfToken = makeSecret('')
  const expiresAt = new Date(now.getTime() + hours * 3_600_000)
  await db
    .insertInto('user_session')
    .values({
      token_hash: hashSecret(token),
      user_id: userId,
      csrf_token: csrfToken,
      user_agent: browser.userAgent.slice(0, MAX_USER_AGENT),
      address: browser.address,
      created_at: now,
      last_seen_at: now,
      expires_at: expiresAt,
    })
    .execute()
  await db.updateTable('app_user').set({ last_sign_in_at: now }).where('id', '=', userId).execute()
  return { token, csrfToken, expiresAt }
}

/** Whether an account signs in here and without a second step. */
const isWithoutSecondStep = sql<boolean>`u.openid_subject is null and not exists (
  select 1 from user_totp t where t.user_id = u.id and t.confirmed_at is not null)`
const nothing: Access = { everywhere: null, fleets: [] }

/** What counts of a session: `isSecondStepRequired` gives whoever has none no rights until they have. */
export type SessionRules = Alive & { isSecondStepRequired: boolean }

/** The session of this cookie with its account and what that may do, unless it ended or the account is disabled. */
export async function findSession(db: Db, token: string, rules: SessionRules) {
  const row = await db
    .selectFrom('user_session as s')
    .innerJoin('app_user as u', 'u.id', 's.user_id')
    .select(['s.token_hash', 's.csrf_token', 's.expires_at', 's.last_seen_at'])
    .select(['u.id', 'u.name', 'u.email', 'u.role', 'u.openid_subject'])
    .select([allFleetRoles(sql`u.id`).as('fleets'), groupRoles(sql`u.id`).as('group_roles')])
    .select(isWithoutSecondStep.as('is_without_second_step'))
    .where('s.token_hash', '=', hashSecret(token))
    .where(isAlive(rules))
    .where('u.is_disabled', '=', false)
    .executeTakeFirst()
  if (!row) return undefined
  await noteSeen(db, [row], rules.now)
  const needsSecondStep = rules.isSecondStepRequired && row.is_without_second_step
  return { ...row, needsSecondStep, access: needsSecondStep ? nothing : toAccess(row) }
}

async function noteSeen(
  db: Db,
  sessions: readonly { token_hash: string; last_seen_at: Date }[],
  now: Date,
): Promise<void> {
  const due = sessions.filter(
    ({ last_seen_at }) => Math.abs(now.getTime() - last_seen_at.getTime()) > SEEN_EVERY_MS,
  )
  if (due.length === 0) return
  await db
    .updateTable('user_session')
    .set({ last_seen_at: now })
    .where(
      'token_hash',
      'in',
      due.map(({ token_hash }) => token_hash),
    )
    .execute()
}

/** Which of these sessions, of pages that are open, still live, by their id, and what their accounts may do now. */
export async function readLiveSessions(
  db: Db,
  sessionIds: readonly string[],
  rules: SessionRules,
): Promise<Map<string, Access>> {
  if (sessionIds.length === 0) return new Map()
  const rows = await db
    .selectFrom('user_session as s')
    .innerJoin('app_user as u', 'u.id', 's.user_id')
    .select(['s.token_hash', 's.last_seen_at', 'u.role'])
    .select([allFleetRoles(sql`u.id`).as('fleets'), groupRoles(sql`u.id`).as('group_roles')])
    .select(isWithoutSecondStep.as('is_without_second_step'))
    .where('s.token_hash', 'in', [...sessionIds])
    .where(isAlive(rules))
    .where('u.is_disabled', '=', false)
    .execute()
  await noteSeen(db, rows, rules.now)
  return new Map(
    rows.map((row) => [
      row.token_hash,
      rules.isSecondStepRequired && row.is_without_second_step ? nothing : toAccess(row),
    ]),
  )
}

/** Sessions of an account that have not run out, the latest seen first. */
export async function listSessions(
  db: Db,
  userId: number,
  alive: Alive,
  currentId: string | null,
): Promise<UserSession[]> {
  const rows = await db
    .selectFrom('user_session as s')
    .selectAll('s')
    .where('s.user_id', '=', userId)
    .where(isAlive(alive))
    .orderBy('s.last_seen_at', 'desc')
    .orderBy('s.id', 'desc')
    .execute()
  return rows.map((row) => ({
    id: row.id,
    userAgent: row.user_agent,
    address: row.address,
    createdAt: row.created_at.toISOString(),
    lastSeenAt: row.last_seen_at.toISOString(),
    expiresAt: row.expires_at.toISOString(),
    isCurrent: row.token_hash === currentId,
  }))
}

/** Ends sessions that have run out or in which nobody was seen; answers their ids. */
export async function endDeadSessions(db: Db, { now, seenAfter }: Alive): Promise<string[]> {
  const ended = await db
    .deleteFrom('user_session')
    .where((eb) => eb.or([eb('expires_at', '<=', now), eb('last_seen_at', '<=', seenAfter)]))
    .returning('token_hash')
    .execute()
  return ended.map(({ token_hash }) => token_hash)
}

/** Ends one session of an account; null when it is none of theirs. */
export async function endSession(db: Db, userId: number, id: number): Promise<string | null> {
  const ended = await db
    .deleteFrom('user_session')
    .where('user_id', '=', userId)
    .where('id', '=', id)
    .returning('token_hash')
    .executeTakeFirst()
  return ended?.token_hash ?? null
}

/** Ends the session of this cookie; answers its id, null where there is none. */
export async function endSessionOf(db: Db, token: string): Promise<string | null> {
  const ended = await db
    .deleteFrom('user_session')
    .where('token_hash', '=', hashSecret(token))
    .returning('token_hash')
    .executeTakeFirst()
  return ended?.token_hash ?? null
}

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
