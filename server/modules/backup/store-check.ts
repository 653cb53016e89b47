import { sql, type Kysely, type RawBuilder } from 'kysely'
import type { Schema } from '../../platform/db/schema.ts'

const EXAMPLES = 3

/** How much does not fit, and the first of it in words. */
export type Found = { count: number; examples: string[] }

/** Something that must hold of what is stored. */
export type StoreCheck = {
  /** What holds, as one sentence. */
  rule: string
  /** Reads what does not fit; `trx` is of one moment. */
  find: (trx: Kysely<Schema>) => Promise<Found>
}

/** The rows of a select, each of which says in its column `what` what does not fit. */
export async function countWrong(trx: Kysely<Schema>, wrong: RawBuilder<unknown>): Promise<Found> {
  const { rows } = await sql<Found>`
    with wrong as materialized (${wrong})
    select (select count(*)::int from wrong) as count,
      array(select what from wrong order by what limit ${EXAMPLES}) as examples`.execute(trx)
  return rows[0] ?? { count: 0, examples: [] }
}

export const foundAmong = (what: readonly string[]): Found => ({
  count: what.length,
  examples: what.slice(0, EXAMPLES),
})

/** A check by one select. */
export const holds = (rule: string, wrong: RawBuilder<unknown>): StoreCheck => ({
  rule,
  find: (trx) => countWrong(trx, wrong),
})

/** SQL: an array of these words. */
export const words = (values: readonly string[]) => sql<string[]>`${[...values]}::text[]`
