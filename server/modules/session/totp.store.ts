import type { Kysely, Transaction } from 'kysely'
import type { Schema } from '../../platform/db/schema.ts'
import { hashSecret } from '../../platform/secrets.ts'
import { stepOf, typedCode } from './totp.ts'

type Db = Kysely<Schema> | Transaction<Schema>
type Trx = Transaction<Schema>

const findTotp = (db: Db, userId: number) =>
  db.selectFrom('user_totp').selectAll().where('user_id', '=', userId).executeTakeFirst()

/** Whether signing in to this account asks for a code. */
export const hasTotp = async (db: Db, userId: number): Promise<boolean> =>
  ((await findTotp(db, userId))?.confirmed_at ?? null) !== null

/** The secret that was shown and not confirmed yet. */
export async function pendingSecret(db: Db, userId: number): Promise<string | null> {
  const row = await findTotp(db, userId)
  return row && row.confirmed_at === null ? row.secret : null
}

/** Keeps a secret until a code of it comes back, in the place of an earlier one; false where one counts already. */
export async function keepSecret(db: Db, userId: number, secret: string, now: Date): Promise<boolean> {
  const kept = await db
    .insertInto('user_totp')
    .values({ user_id: userId, secret, created_at: now })
    .onConflict((conflict) =>
      conflict
        .column('user_id')
        .doUpdateSet({ secret, created_at: now })
        .where('user_totp.confirmed_at', 'is', null),
    )
    .returning('user_id')
    .executeTakeFirst()
  return kept !== undefined
}

/** From now on the secret counts, and `step` is used. False where it was replaced or confirmed meanwhile. */
export async function confirmSecret(
  trx: Trx,
  userId: number,
  confirmed: { secret: string; step: number; recoveryCodes: readonly string[]; now: Date },
): Promise<boolean> {
  const row = await trx
    .updateTable('user_totp')
    .set({ confirmed_at: confirmed.now, last_step: confirmed.step })
    .where('user_id', '=', userId)
    .where('secret', '=', confirmed.secret)
    .where('confirmed_at', 'is', null)
    .returning('user_id')
    .executeTakeFirst()
  if (!row) return false
  await insertRecoveryCodes(trx, userId, confirmed.recoveryCodes)
  return true
}

async function insertRecoveryCodes(
  trx: Trx,
  userId: number,
  recoveryCodes: readonly string[],
): Promise<void> {
  const hashes = recoveryCodes.map((code) => hashSecret(typedCode(code).code))
  await trx
    .insertInto('recovery_code')
    .values(hashes.map((code_hash) => ({ user_id: userId, code_hash })))
    .execute()
}

/** From now on these count, and none from before. False where codes were switched off meanwhile. */
export async function replaceRecoveryCodes(
  trx: Trx,
  userId: number,
  recoveryCodes: readonly string[],
): Promise<boolean> {
  const totp = await trx
    .selectFrom('user_totp')
    .select('confirmed_at')
    .where('user_id', '=', userId)
    .forUpdate()
    .executeTakeFirst()
  if (!totp?.confirmed_at) return false
  await trx.deleteFrom('recovery_code').where('user_id', '=', userId).execute()
  await insertRecoveryCodes(trx, userId, recoveryCodes)
  return true
}

/** Uses a code up; null where it is wrong or was used before. Of two at the same time with one code, one gets in. */
export async function useCode(
  db: Db,
  userId: number,
  text: string,
  now: Date,
): Promise<'code' | 'recovery code' | null> {
  const { code, isRecovery } = typedCode(text)
  if (isRecovery) {
    const used = await db
      .updateTable('recovery_code')
      .set({ used_at: now })
      .where('user_id', '=', userId)
      .where('code_hash', '=', hashSecret(code))
      .where('used_at', 'is', null)
      .returning('user_id')
      .executeTakeFirst()
    return used ? 'recovery code' : null
  }
  const totp = await findTotp(db, userId)
  const step = totp ? stepOf(totp.secret, code, now) : null
  if (step === null) return null
  const used = await db
    .updateTable('user_totp')
    .set({ last_step: step })
    .where('user_id', '=', userId)
    .where('confirmed_at', 'is not', null)
    .where('last_step', '<', step)
    .returning('user_id')
    .executeTakeFirst()
  return used ? 'code' : null
}

export const countRecoveryCodes = async (db: Db, userId: number): Promise<number> =>
  (
    await db
      .selectFrom('recovery_code')
      .select((eb) => eb.fn.countAll<number>().as('count'))
      .where('user_id', '=', userId)
      .where('used_at', 'is', null)
      .executeTakeFirstOrThrow()
  ).count

/** Forgets secret and codes; false where there were none that counted. */
export async function forgetTotp(db: Db, userId: number): Promise<boolean> {
  const gone = await db
    .deleteFrom('user_totp')
    .where('user_id', '=', userId)
    .where('confirmed_at', 'is not', null)
    .returning('user_id')
    .executeTakeFirst()
  return gone !== undefined
}
