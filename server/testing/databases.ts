import { randomBytes } from 'node:crypto'
import path from 'node:path'
import { setTimeout as delay } from 'node:timers/promises'
import { fileURLToPath } from 'node:url'
import { sql } from 'kysely'
import pg from 'pg'
import { describe } from 'vitest'
import { findRedis } from '../../scripts/find-redis.ts'
import { openPglite, openPostgres, type Database } from '../platform/db/database.ts'
import { migrate, readMigrations } from '../platform/db/migrate.ts'
import { emptyDump, migratedDump } from './pglite-dumps.ts'

const migrations = path.join(path.dirname(fileURLToPath(import.meta.url)), '../migrations')
const CLOSING_TURNS = 100
const CLOSING_TURN_MS = 50
const fail = (error: Error) => {
  throw error
}

async function openOwnPostgres(url: string): Promise<Database> {
  const name = `test_${randomBytes(6).toString('hex')}`
  const administer = async (statement: string) => {
    const client = new pg.Client({ connectionString: url })
    await client.connect()
    const { rows } = await client.query<{ count?: string }>(statement)
    await client.end()
    return rows
  }
  /** A pool that has ended may still be closing its connections; one that is cut off would be an error of nobody's. */
  const whenLeft = async () => {
    for (let turn = 0; turn < CLOSING_TURNS; turn++) {
      const [row] = await administer(`select count(*) from pg_stat_activity where datname = '${name}'`)
      if (row?.count === '0') return
      await delay(CLOSING_TURN_MS)
    }
  }
  await administer(`create database ${name}`)
  const own = new URL(url)
  own.pathname = `/${name}`
  const database = openPostgres(own.toString(), fail, 4)
  return {
    ...database,
    close: async () => {
      await database.close()
      await whenLeft()
      await administer(`drop database ${name} with (force)`)
    },
  }
}

/** A store to test on. Each `open()` answers an empty, migrated database of its own. */
export type TestStore = {
  name: 'PGlite' | 'PostgreSQL'
  /** `before`: only with the migrations of lower numbers, as an older Wheelhouse left it. */
  open: (options?: { before: string }) => Promise<Database>
}

async function migrationsOf(before = '9999') {
  const all = await readMigrations(migrations)
  return all.filter(({ name }) => name < before)
}

export const testPglite: TestStore = {
  name: 'PGlite',
  open: async (options) => {
    const wanted = await migrationsOf(options?.before)
    const dump = options === undefined ? await migratedDump(wanted) : await emptyDump()
    const database = await openPglite(null, fail, dump)
    await migrate(database.db, wanted)
    return database
  },
}

/** A server that the test runner starts and names in TEST_DATABASE_URL. */
export const testPostgres: TestStore = {
  name: 'PostgreSQL',
  open: async (options) => {
    const url = process.env['TEST_DATABASE_URL']
    if (!url) throw new Error('TEST_DATABASE_URL is not set')
    const database = await openOwnPostgres(url)
    await migrate(database.db, await migrationsOf(options?.before))
    return database
  },
}

/**
 * A suite that needs PostgreSQL. Where there is none its tests are skipped by name, and say in brackets why, which is what
 * the test runner prints; with CI=true that is a failure.
 */
export function describeOnPostgres(title: string, suite: (store: TestStore) => void): void {
  if (process.env['TEST_DATABASE_URL']) describe(title, () => suite(testPostgres))
  else describe.skip(`${title} (this machine has no PostgreSQL)`, () => suite(testPostgres))
}

/** A suite that needs PostgreSQL and Redis, which it starts itself; skipped by name like the others. */
export function describeOnPostgresAndRedis(title: string, suite: (store: TestStore) => void): void {
  if (findRedis() === undefined)
    describe.skip(`${title} (this machine has no Redis)`, () => suite(testPostgres))
  else describeOnPostgres(title, suite)
}

/** The same suite on both stores: `title` is followed by the name of the store. */
export function describeOnStores(title: string, suite: (store: TestStore) => void): void {
  describe(`${title} on ${testPglite.name}`, () => suite(testPglite))
  describeOnPostgres(`${title} on ${testPostgres.name}`, suite)
}

/** Brings a database forward to the newest form. */
export const migrateFully = async (database: Database): Promise<string[]> =>
  migrate(database.db, await readMigrations(migrations))

/** Empties every table but the device types and the migrations: cheaper than a new database for each test. */
export async function emptyDatabase(database: Database): Promise<void> {
  const tables = await sql<{ name: string }>`
    select tablename as name from pg_tables where schemaname = 'public' and tablename not in ('migration', 'device_type')`.execute(
    database.db,
  )
  const names = tables.rows.map((row) => `"${row.name}"`).join(', ')
  await sql.raw(`truncate ${names} restart identity cascade`).execute(database.db)
}
