import { sql, type Insertable, type Kysely, type RawBuilder, type Transaction } from 'kysely'
import type { FleetRole, Role } from '#contract/role'
import type { User } from '#contract/session'
import type { Schema } from '../../platform/db/schema.ts'
import { Problem } from '../../platform/problem.ts'
import { ownFleetRoles } from './access.store.ts'

type Db = Kysely<Schema> | Transaction<Schema>

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
