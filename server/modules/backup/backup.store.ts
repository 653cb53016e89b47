import { createHash } from 'node:crypto'
import { sql, type Kysely } from 'kysely'
import type { Schema } from '../../platform/db/schema.ts'
import { BACKUP_FORMAT, metaLine, type BackupEnd } from './backup-format.ts'

const FETCHED = 500

/** Every table but the list of migrations, which the head holds. */
export async function readTables(db: Kysely<Schema>): Promise<string[]> {
  const { rows } = await sql<{ name: string }>`
    select c.relname as name from pg_class c join pg_namespace n on n.oid = c.relnamespace
    where n.nspname = 'public' and c.relkind = 'r' and c.relname <> 'migration' order by c.relname`.execute(
    db,
  )
  return rows.map((row) => row.name)
}

/** Rows of one table as JSON text; numbers never pass through this program's own, which hold less than the store's. */
async function* readRows(db: Kysely<Schema>, table: string): AsyncGenerator<string[]> {
  const name = `backup_${table}`
  await sql`declare ${sql.id(name)} cursor for select to_jsonb(t)::text as row from ${sql.table(table)} t`.execute(
    db,
  )
  for (;;) {
    const { rows } = await sql<{ row: string }>`fetch ${sql.lit(FETCHED)} from ${sql.id(name)}`.execute(db)
    if (rows.length > 0) yield rows.map(({ row }) => row)
    if (rows.length < FETCHED) break
  }
  await sql`close ${sql.id(name)}`.execute(db)
}

/**
 * Everything the store holds, as the lines of a backup. `trx` must be of one moment (`atOneMoment`), else rows that belong
 * together may not fit.
 */
export async function* backupLines(
  trx: Kysely<Schema>,
  about: { now: Date; store: string },
): AsyncGenerator<string> {
  const hash = createHash('sha256')
  const hashed = (text: string) => {
    hash.update(text)
    return text
  }
  const { rows: migrations } = await sql<{ name: string; checksum: string }>`
    select name, checksum from migration order by name`.execute(trx)
  yield hashed(
    metaLine({ format: BACKUP_FORMAT, createdAt: about.now.toISOString(), store: about.store, migrations }),
  )
  const counts: BackupEnd['rows'] = {}
  for (const table of await readTables(trx)) {
    yield hashed(metaLine({ table }))
    counts[table] = 0
    for await (const rows of readRows(trx, table)) {
      counts[table] += rows.length
      yield hashed(`${rows.join('\n')}\n`)
    }
  }
  yield metaLine({ rows: counts, sha256: hash.digest('hex') })
}
