import { sql, type Kysely, type Transaction } from 'kysely'
import type { Access } from '#contract/role'
import type { UserSession } from '#contract/session'
import type { Schema } from '../../platform/db/schema.ts'
import { hashSecret, makeSecret } from '../../platform/secrets.ts'
import { allFleetRoles, groupRoles, toAccess } from './access.store.ts'

type Db = Kysely<Schema> | Transaction<Schema>

const MAX_USER_AGENT = 300
/** That a session or token is used is noted at most so often. */
export const SEEN_EVERY_MS = 60_000

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
