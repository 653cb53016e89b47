import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { cp, mkdtemp, readdir, rm, stat, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import path from 'node:path'
import { fileURLToPath, pathToFileURL } from 'node:url'
import { sql } from 'kysely'
import { describe, expect, onTestFinished, test, vi } from 'vitest'
import { openPglite, openPostgres, type Database } from './platform/db/database.ts'
import { migrate, readMigrations } from './platform/db/migrate.ts'
import { describeOnPostgres } from './testing/databases.ts'

const here = path.dirname(fileURLToPath(import.meta.url))
const PLANTED = '9000-planted.sql'
const ROWS = 300_000
/** The table of that many rows is larger; nothing else grows meanwhile. */
const HALF_WAY_BYTES = 8 * 1024 * 1024
const fail = (error: Error) => {
  throw error
}

/** A migration of several statements that stands still between them for as long as the table `stalling` has a row. */
const plantedText = (stall: string) => `
  create table half (id int primary key);
  insert into half select n from generate_series(1, ${String(ROWS)}) as n;
  alter table fleet add column half int;
  select case when exists (select 1 from stalling) then (${stall}) end;
  insert into half values (0);
`

/** A folder with all migrations, to which `plant` adds one. */
async function copyMigrations() {
  const folder = await mkdtemp(path.join(tmpdir(), 'wheelhouse-interrupted-'))
  onTestFinished(() => rm(folder, { recursive: true, force: true }))
  const migrations = path.join(folder, 'migrations')
  await cp(path.join(here, 'migrations'), migrations, { recursive: true })
  return { folder, migrations, plant: (text: string) => writeFile(path.join(migrations, PLANTED), text) }
}

const beginStalling = ({ db }: Database) =>
  sql.raw('create table stalling (id int); insert into stalling values (1)').execute(db)

/** Nothing of the half that was done is there, and the next start does all of it. */
async function expectStartsOver(database: Database, migrations: string): Promise<void> {
  const { rows } = await sql<{ left: number }>`
    select (select count(*) from pg_class where relname = 'half')::int
      + (select count(*) from information_schema.columns where column_name = 'half')::int
      + (select count(*) from migration where name = ${PLANTED})::int as left`.execute(database.db)
  expect(rows).toEqual([{ left: 0 }])
  await sql`drop table stalling`.execute(database.db)
  await sql`create table stalling (id int)`.execute(database.db)
  expect(await migrate(database.db, await readMigrations(migrations))).toEqual([PLANTED])
  const done = await sql<{ count: number }>`select count(*)::int as count from half`.execute(database.db)
  expect(done.rows).toEqual([{ count: ROWS + 1 }])
}

async function bytesIn(folder: string): Promise<number> {
  const names = await readdir(folder, { recursive: true })
  // A file may go between the list and the look.
  const sizes = await Promise.all(
    names.map((name) =>
      stat(path.join(folder, name)).then(
        (found) => (found.isFile() ? found.size : 0),
        () => 0,
      ),
    ),
  )
  return sizes.reduce((sum, size) => sum + size, 0)
}

describe('a migration that is interrupted half-way', () => {
  test('by kill -9 of the gateway starts over with nothing of it left, on PGlite', async () => {
    const { folder, migrations, plant } = await copyMigrations()
    const data = path.join(folder, 'data')
    const open = () => openPglite(data, fail)
    const before = await open()
    await migrate(before.db, await readMigrations(migrations))
    await beginStalling(before)
    await before.close()
    await plant(
      plantedText('select count(*) from generate_series(1, 100000) a, generate_series(1, 100000) b'),
    )

    const tables = path.join(data, 'pglite', 'base')
    const bytesBefore = await bytesIn(tables)
    const urlOf = (name: string) => JSON.stringify(pathToFileURL(path.join(here, 'platform/db', name)).href)
    const program = `
      import { openPglite } from ${urlOf('database.ts')}
      import { migrate, readMigrations } from ${urlOf('migrate.ts')}
      const { db } = await openPglite(${JSON.stringify(data)}, (error) => { throw error })
      await migrate(db, await readMigrations(${JSON.stringify(migrations)}))`
    const file = path.join(folder, 'start.mjs')
    await writeFile(file, program)
    const child = spawn(process.execPath, ['--import', 'tsx', file], {
      cwd: path.dirname(here),
      env: { PATH: process.env['PATH'] },
      stdio: 'inherit',
    })
    const ended = once(child, 'exit')
    await vi.waitFor(
      async () => expect((await bytesIn(tables)) - bytesBefore).toBeGreaterThan(HALF_WAY_BYTES),
      { timeout: 60_000, interval: 50 },
    )
    child.kill('SIGKILL')
    expect(await ended).toEqual([null, 'SIGKILL'])

    const after = await open()
    try {
      await expectStartsOver(after, migrations)
    } finally {
      await after.close()
    }
  }, 120_000)
})

describeOnPostgres('a migration that is interrupted half-way', ({ open }) => {
  test('by the end of its connection starts over with nothing of it left, on PostgreSQL', async () => {
    const { migrations, plant } = await copyMigrations()
    await plant(plantedText('select pg_sleep(600)::text'))
    const database = await open()
    const { rows } = await sql<{ name: string }>`select current_database() as name`.execute(database.db)
    const url = new URL(process.env['TEST_DATABASE_URL'] ?? '')
    url.pathname = `/${rows[0]?.name ?? ''}`
    const starting = openPostgres(url.toString(), () => undefined, 2)
    try {
      await beginStalling(database)
      const interrupted = expect(migrate(starting.db, await readMigrations(migrations))).rejects.toThrow()
      await vi.waitFor(async () => {
        const ended = await sql`
          select pg_terminate_backend(pid) from pg_stat_activity
          where datname = current_database() and wait_event = 'PgSleep'`.execute(database.db)
        expect(ended.rows).toHaveLength(1)
      })
      await interrupted
      await starting.close()
      await expectStartsOver(database, migrations)
    } finally {
      await database.close()
    }
  })
})
