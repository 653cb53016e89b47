import type { Kysely, Transaction } from 'kysely'
import type { Schema } from './schema.ts'

/**
 * What several statements read, as it was in one moment: between statements by themselves others commit. A transaction that
 * is given is used as it is.
 */
export function atOneMoment<T>(
  db: Kysely<Schema> | Transaction<Schema>,
  read: (trx: Kysely<Schema>) => Promise<T>,
): Promise<T> {
  if (db.isTransaction) return read(db)
  return db.transaction().setIsolationLevel('repeatable read').setAccessMode('read only').execute(read)
}
