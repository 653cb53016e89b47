import { createHash } from 'node:crypto'
import { readdir, readFile } from 'node:fs/promises'
import path from 'node:path'
import { sql, type Kysely } from 'kysely'
import { CannotStart } from '../cannot-start.ts'
import type { Schema } from './schema.ts'

/** Any number, the same for every gateway. */
const MIGRATION_LOCK = 7_406_112

export type Migration = { name: string; checksum: string; text: string }

/** The numbered files of a folder in order; a number used twice or a name out of form is an error. */
export async function readMigrations(folder: string): Promise<Migration[]> {
  const names = (await readdir(folder)).filter((name) => name.endsWith('.sql')).sort()
  return Promise.all(
    names.map(async (name, index) => {
      if (!/^\d{4}-[a-z0-9-]+\.sql$/.test(name))
        throw new Error(`Migration ${name} is not named like 0001-what-it-does.sql.`)
      if (names[index - 1]?.slice(0, 4) === name.slice(0, 4))
        throw new Error(`Migrations ${names[index - 1]} and ${name} have the same number.`)
      const text = await readFile(path.join(folder, name), 'utf8')
      return { name, text, checksum: createHash('sha256').update(text).digest('hex') }
    }),
  )
}

/**
 * Brings the database forward, each migration in one transaction. Refuses, with one sentence, a database that a newer
 * Wheelhouse has written and one whose applied migrations differ from these. Answers the names it applied.
 */
export async function migrate(db: Kysely<Schema>, migrations: readonly Migration[]): Promise<string[]> {
  await db.transaction().execute(async (trx) => {
    // Two gateways starting at once on one empty PostgreSQL: "if not exists" alone does not put them in line.
    await sql`select pg_advisory_xact_lock(${MIGRATION_LOCK})`.execute(trx)
    await sql`create table if not exists migration (name text primary key, checksum text not null, applied_at timestamptz not null default now())`.execute(
      trx,
    )
  })
  const applied = (
    await sql<{ name: string; checksum: string }>`select name, checksum from migration order by name`.execute(
      db,
    )
  ).rows
  const known = new Map(migrations.map((migration) => [migration.name, migration]))
  for (const row of applied) {
    const own = known.get(row.name)
    if (!own)
      throw new CannotStart(
        `The database was written by a newer Wheelhouse (it has migration ${row.name}); install that version or restore a backup.`,
      )
    if (own.checksum !== row.checksum)
      throw new CannotStart(
        `The database has the migration ${row.name} in another form than this Wheelhouse; install the version that wrote it or restore a backup.`,
      )
  }
  const done = new Set(applied.map((row) => row.name))
  const pending = migrations.filter((migration) => !done.has(migration.name))
  for (const migration of pending) {
    await db.transaction().execute(async (trx) => {
      // Two gateways starting at once on one PostgreSQL: the second waits, then finds it done.
      await sql`lock table migration in exclusive mode`.execute(trx)
      const again = await sql`select 1 from migration where name = ${migration.name}`.execute(trx)
      if (again.rows.length > 0) return
      await sql.raw(migration.text).execute(trx)
      await sql`insert into migration (name, checksum) values (${migration.name}, ${migration.checksum})`.execute(
        trx,
      )
    })
  }
  return pending.map((migration) => migration.name)
}
