import { sql, type Kysely, type Transaction } from 'kysely'
import type { Access } from '#contract/role'
import type { Schema } from '../../platform/db/schema.ts'
import { hashSecret } from '../../platform/secrets.ts'
import { ownFleetRoles, writeFleetRoles } from './access.store.ts'
import type { FlowSecrets } from './openid-client.ts'
import type { OpenIdPerson } from './openid-claims.rules.ts'

type Db = Kysely<Schema> | Transaction<Schema>
type Trx = Transaction<Schema>

/** Longer than this nobody sits at a provider's page. */
export const FLOW_MINUTES = 10

/** Notes a sign-in that was begun in the browser with this cookie. */
export async function insertFlow(
  db: Db,
  { state, nonce, verifier }: FlowSecrets,
  from: { browser: string; next: string; now: Date },
): Promise<void> {
  await db
    .insertInto('openid_flow')
    .values({
      state_hash: hashSecret(state),
      browser_hash: hashSecret(from.browser),
      nonce,
      verifier,
      next: from.next,
      expires_at: new Date(from.now.getTime() + FLOW_MINUTES * 60_000),
    })
    .execute()
}

/** Uses a sign-in up; undefined when it was begun elsewhere, too long ago or never, or was used already. */
export const takeFlow = (db: Db, state: string, browser: string, now: Date) =>
  db
    .deleteFrom('openid_flow')
    .where('state_hash', '=', hashSecret(state))
    .where('browser_hash', '=', hashSecret(browser))
    .where('expires_at', '>', now)
    .returning(['nonce', 'verifier', 'next'])
    .executeTakeFirst()

export const pruneFlows = (db: Db, now: Date) =>
  db.deleteFrom('openid_flow').where('expires_at', '<=', now).execute()

/** All fleets by id and name: what a provider's roles are set to name. */
export const listFleetNames = (db: Db) => db.selectFrom('fleet').select(['id', 'name']).execute()

const findPerson = (trx: Trx, { issuer, subject }: OpenIdPerson) =>
  trx
    .selectFrom('app_user')
    .select(['id', 'name', 'email', 'role', 'is_disabled'])
    .select(ownFleetRoles('user_id', sql`app_user.id`).as('fleets'))
    .where('openid_issuer', '=', issuer)
    .where('openid_subject', '=', subject)
    .forUpdate()
    .executeTakeFirst()

/**
 * The account of somebody whom a provider vouches for, with what it may do now, its groups apart; made where `isWelcome` and there is
 * none. Whoever comes at the same time waits for this transaction.
 */
export async function enterPerson(trx: Trx, person: OpenIdPerson, isWelcome: boolean, now: Date) {
  const known = await findPerson(trx, person)
  if (known || !isWelcome) return { account: known, isNew: false }
  const made = await trx
    .insertInto('app_user')
    .values({
      name: person.name,
      email: person.email,
      role: null,
      openid_issuer: person.issuer,
      openid_subject: person.subject,
      created_at: now,
    })
    .onConflict((conflict) => conflict.columns(['openid_issuer', 'openid_subject']).doNothing())
    .returning('id')
    .executeTakeFirst()
  return { account: await findPerson(trx, person), isNew: made !== undefined }
}

/** What the provider says now is what counts from now on. */
export async function updatePerson(
  trx: Trx,
  userId: number,
  person: OpenIdPerson,
  access: Access,
): Promise<void> {
  await trx
    .updateTable('app_user')
    .set({ name: person.name, email: person.email, role: access.everywhere })
    .where('id', '=', userId)
    .execute()
  await writeFleetRoles(trx, 'user_id', userId, access.fleets)
}
