import { sql, type Kysely, type Transaction } from 'kysely'
import type { Migration } from '../../platform/db/migrate.ts'
import { atOneMoment } from '../../platform/db/one-moment.ts'
import type { Schema } from '../../platform/db/schema.ts'
import { catalogueChecks } from './check-catalogue.store.ts'
import { deviceChecks } from './check-devices.store.ts'
import { rolloutChecks } from './check-rollouts.store.ts'
import { workChecks } from './check-work.store.ts'
import { foundAmong, type Found, type StoreCheck } from './store-check.ts'

export type CheckedRule = Found & { rule: string }

/** Both ways: what the store has and this Wheelhouse does not know, and what was not yet applied. */
const migrationsCheck = (known: readonly Migration[]): StoreCheck => ({
  rule: 'The tables are as this Wheelhouse makes them.',
  find: async (trx) => {
    const { rows: tables } = await sql<{ name: string | null }>`
      select to_regclass('public.migration')::text as name`.execute(trx)
    if ((tables[0]?.name ?? null) === null) return foundAmong(['the store is empty: no gateway has used it'])
    const { rows } = await sql<{ name: string; checksum: string }>`
      select name, checksum from migration order by name`.execute(trx)
    const recorded = new Map(rows.map(({ name, checksum }) => [name, checksum]))
    const own = new Set(known.map(({ name }) => name))
    return foundAmong([
      ...rows.filter(({ name }) => !own.has(name)).map(({ name }) => `${name} is of a newer Wheelhouse`),
      ...known.flatMap(({ name, checksum }) => {
        const held = recorded.get(name)
        if (held === undefined) return [`${name} was not applied: start the gateway once`]
        return held === checksum ? [] : [`${name} was applied in another form`]
      }),
    ])
  },
})

/** A check that cannot be made fails, with the reason, and the others go on. */
async function make(trx: Kysely<Schema>, { rule, find }: StoreCheck): Promise<CheckedRule> {
  await sql`savepoint one_check`.execute(trx)
  try {
    const found = await find(trx)
    await sql`release savepoint one_check`.execute(trx)
    return { rule, ...found }
  } catch (error) {
    await sql`rollback to savepoint one_check`.execute(trx)
    const reason = error instanceof Error ? error.message : String(error)
    return { rule, count: 1, examples: [`this cannot be looked at: ${reason}`] }
  }
}

/**
 * Whether what is stored fits together, in one moment and without changing anything. `others`: what is known elsewhere.
 * Where the tables are not those that `known` makes, nothing else is looked at.
 */
export function checkStore(
  db: Kysely<Schema> | Transaction<Schema>,
  known: readonly Migration[],
  others: readonly StoreCheck[],
): Promise<CheckedRule[]> {
  return atOneMoment(db, async (trx) => {
    // Selects over all tables are long: PostgreSQL would take seconds to compile what it runs once.
    await sql`set local jit = off`.execute(trx)
    const migrated = await make(trx, migrationsCheck(known))
    const checked = [migrated]
    if (migrated.count > 0) return checked
    for (const check of [...catalogueChecks, ...deviceChecks, ...rolloutChecks, ...workChecks, ...others])
      checked.push(await make(trx, check))
    return checked
  })
}
