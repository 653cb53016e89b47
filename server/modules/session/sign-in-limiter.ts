import { sql, type Kysely } from 'kysely'
import type { Schema } from '../../platform/db/schema.ts'
import { Problem } from '../../platform/problem.ts'
import { hashSecret } from '../../platform/secrets.ts'

const WINDOW_MS = 15 * 60_000
const MAX_FAILURES_PER_ACCOUNT = 10
const MAX_FAILURES_PER_ADDRESS = 50

/** One try, as long as it is not known how it ends. */
export type Attempt = { takeBack: () => Promise<void>; succeed: () => Promise<void> }
type Counted = { key: string; limit: number }

const ofAddress = (address: string): Counted => ({
  key: hashSecret(`address:${address}`),
  limit: MAX_FAILURES_PER_ADDRESS,
})
const ofAccount = (account: string): Counted => ({
  key: hashSecret(`account:${account.toLowerCase()}`),
  limit: MAX_FAILURES_PER_ACCOUNT,
})

/**
 * Counts failed sign-ins by account and by address in the store, for all gateways that share it; beyond the limit further tries
 * wait for the window to end. An attempt counts as failed from its begin, so that many at once cannot pass the limit together.
 */
export class SignInLimiter {
  readonly #db: Kysely<Schema>
  readonly #now: () => Date

  constructor(db: Kysely<Schema>, now: () => Date) {
    this.#db = db
    this.#now = now
  }

  /**
   * Begins an attempt from an address, for an account where one is named. Throws 429 while either has failed too often.
   * `takeBack`: it was no failure. `succeed` takes it back as well, and forgives the account its failures.
   */
  async begin(address: string, account: string | null): Promise<Attempt> {
    const fromHere = ofAddress(address)
    const wanted = account === null ? [fromHere] : [fromHere, ofAccount(account)]
    const counted: string[] = []
    for (const { key, limit } of wanted) {
      if (await this.#count(key, limit)) counted.push(key)
      else {
        await this.#takeBack(counted)
        throw await this.#refusal(key)
      }
    }
    return {
      takeBack: () => this.#takeBack(counted),
      succeed: async () => {
        await this.#takeBack([fromHere.key])
        if (account !== null)
          await this.#db.deleteFrom('sign_in_failure').where('key', '=', ofAccount(account).key).execute()
      },
    }
  }

  /** Whether attempts from this address have to wait. */
  async isShut(address: string): Promise<boolean> {
    const { key, limit } = ofAddress(address)
    const failures = await this.#find(key)
    return failures !== undefined && failures.count >= limit
  }

  /** Job: forgets what is too old to count. */
  async prune(): Promise<void> {
    await this.#db.deleteFrom('sign_in_failure').where('until', '<=', this.#now()).execute()
  }

  /** What still counts of a key. */
  #find(key: string) {
    return this.#db
      .selectFrom('sign_in_failure')
      .select(['count', 'until'])
      .where('key', '=', key)
      .where('until', '>', this.#now())
      .executeTakeFirst()
  }

  /** One failure more; false where the limit is reached. */
  async #count(key: string, limit: number): Promise<boolean> {
    const now = this.#now()
    const until = new Date(now.getTime() + WINDOW_MS)
    const counted = await sql<{ count: number }>`
      insert into sign_in_failure as old (key, count, until) values (${key}, 1, ${until})
      on conflict (key) do update set
        count = case when old.until <= ${now} then 1 else old.count + 1 end,
        until = case when old.until <= ${now} then excluded.until else old.until end
      where old.until <= ${now} or old.count < ${limit}
      returning count`.execute(this.#db)
    return counted.rows.length > 0
  }

  async #takeBack(keys: readonly string[]): Promise<void> {
    // One by one: two at once that lock several keys could wait for each other.
    for (const key of keys)
      await this.#db
        .updateTable('sign_in_failure')
        .set((eb) => ({ count: eb('count', '-', 1) }))
        .where('key', '=', key)
        .where('count', '>', 0)
        .execute()
  }

  async #refusal(key: string): Promise<Problem> {
    const failures = await this.#find(key)
    const leftMs = Math.max(1, (failures?.until.getTime() ?? 0) - this.#now().getTime())
    return new Problem({
      status: 429,
      code: 'too-many-sign-ins',
      title: 'Too many failed sign-ins',
      detail: `Try again in ${Math.ceil(leftMs / 60_000)} min`,
      retryAfterSeconds: Math.ceil(leftMs / 1000),
    })
  }
}
