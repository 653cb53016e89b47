import { spawn } from 'node:child_process'
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { createServer, type AddressInfo } from 'node:net'
import { tmpdir } from 'node:os'
import path from 'node:path'
import { fileURLToPath } from 'node:url'
import { sql } from 'kysely'
import { afterAll, beforeAll, describe, expect, onTestFinished, test } from 'vitest'
import { CannotStart } from './platform/cannot-start.ts'
import { lockFolder } from './platform/db/folder-lock.ts'
import { migrate, readMigrations, type Migration } from './platform/db/migrate.ts'
import type { Database } from './platform/db/database.ts'
import { describeOnStores } from './testing/databases.ts'
import { startToEnd } from './testing/gateway-process.ts'

const here = path.dirname(fileURLToPath(import.meta.url))
/** A new folder, for as long as the test that asks for it. */
function folder(): string {
  const made = mkdtempSync(path.join(tmpdir(), 'wheelhouse-start-'))
  onTestFinished(() => rmSync(made, { recursive: true, force: true }))
  return made
}

/** Starts the gateway on a folder of its own, which cannot go on, and waits for its end. */
const start = (environment: Record<string, string>) =>
  startToEnd({ WHEELHOUSE_DATA: folder(), ...environment })

describe('a start that cannot be', () => {
  test.each([
    [
      'a port that is none',
      { PORT: 'eighty' },
      /^The environment variable PORT is "eighty", which cannot be used: .*\.\n$/,
    ],
    [
      'a database of another kind',
      { DATABASE_URL: 'mysql://root:secret@db/x' },
      /^The environment variable DATABASE_URL is "mysql:\/\/…@db\/x", .*\.\n$/,
    ],
    [
      'a database that is not there',
      { DATABASE_URL: 'postgresql://127.0.0.1:1/x' },
      /^The database cannot be reached: nothing listens there\.\n$/,
    ],
    [
      'a data folder that is a file',
      { WHEELHOUSE_DATA: fileURLToPath(import.meta.url) },
      /^The data folder .* cannot be written: .*\.\n$/,
    ],
  ])('%s ends it with one sentence', async (_name, environment, sentence) => {
    const { code, text } = await start(environment)
    expect(text).toMatch(sentence)
    expect(code).toBe(1)
  })
})

describe('the data folder', () => {
  test('is held by one process, and let go', async () => {
    const data = folder()
    const other = spawn(process.execPath, ['-e', 'setInterval(() => {}, 1000)'])
    writeFileSync(path.join(data, 'gateway.pid'), String(other.pid))
    await expect(lockFolder(data)).rejects.toThrow(CannotStart)
    await expect(lockFolder(data)).rejects.toThrow(
      new RegExp(`in use by the gateway with process id ${other.pid ?? 0}`),
    )
    const ended = new Promise((resolve) => other.once('close', resolve))
    other.kill()
    await ended
    const release = await lockFolder(data)
    expect(readFileSync(path.join(data, 'gateway.pid'), 'utf8')).toMatch(new RegExp(`^${process.pid} `))
    await release()
    await (
      await lockFolder(data)
    )()
  })
  test('of a gateway that died is taken over, also when another program has its process id now', async () => {
    const data = folder()
    const other = spawn(process.execPath, ['-e', 'setInterval(() => {}, 1000)'])
    writeFileSync(path.join(data, 'gateway.pid'), `${other.pid ?? 0} another-boot:1`)
    const isTold = process.platform === 'linux'
    if (isTold) await (await lockFolder(data))()
    else await expect(lockFolder(data)).rejects.toThrow(CannotStart)
    other.kill()
    writeFileSync(path.join(data, 'gateway.pid'), '')
    await (
      await lockFolder(data)
    )()
  })
})

describeOnStores('migrations', ({ open }) => {
  let database: Database
  let own: Migration[]
  beforeAll(async () => {
    database = await open()
    own = await readMigrations(path.join(here, 'migrations'))
  })
  afterAll(() => database.close())
  const extra = (name: string, text: string): Migration => ({ name, text, checksum: text })

  test('run again, they change nothing', async () => {
    expect(await migrate(database.db, own)).toEqual([])
  })
  test('one that fails leaves nothing behind', async () => {
    const bad = extra('9000-bad.sql', 'create table half (id int); select 1/0;')
    await expect(migrate(database.db, [...own, bad])).rejects.toThrow()
    const left = await sql`select 1 from pg_tables where tablename = 'half'`.execute(database.db)
    expect(left.rows).toEqual([])
    expect(await migrate(database.db, own)).toEqual([])
  })
  test('two gateways that start at once apply each once', async () => {
    const next = extra('9001-next.sql', 'create table next_table (id int);')
    const applied = await Promise.all([1, 2].map(() => migrate(database.db, [...own, next])))
    expect(applied.flat()).toContain('9001-next.sql')
    const rows = await sql`select 1 from migration where name = '9001-next.sql'`.execute(database.db)
    expect(rows.rows).toHaveLength(1)
  })
  test('a database that a newer version wrote is refused in one sentence', async () => {
    await expect(migrate(database.db, own)).rejects.toThrow(
      'The database was written by a newer Wheelhouse (it has migration 9001-next.sql); install that version or restore a backup.',
    )
    await expect(migrate(database.db, own)).rejects.toThrow(CannotStart)
  })
  test('a migration that was changed after it ran is refused', async () => {
    const changed = own.map((migration, index) =>
      index === 0 ? { ...migration, checksum: 'other' } : migration,
    )
    const known = [...changed, extra('9001-next.sql', 'create table next_table (id int);')]
    await expect(migrate(database.db, known)).rejects.toThrow(CannotStart)
  })
})

test('migration files are told apart by number', async () => {
  const files = folder()
  writeFileSync(path.join(files, '0001-one.sql'), '')
  writeFileSync(path.join(files, '0007-gap.sql'), '')
  expect((await readMigrations(files)).map((migration) => migration.name)).toEqual([
    '0001-one.sql',
    '0007-gap.sql',
  ])
  writeFileSync(path.join(files, '0007-same.sql'), '')
  await expect(readMigrations(files)).rejects.toThrow('the same number')
  rmSync(path.join(files, '0007-same.sql'))
  writeFileSync(path.join(files, 'later.sql'), '')
  await expect(readMigrations(files)).rejects.toThrow()
})

test('a port that is taken is said in one sentence', async () => {
  const taken = createServer()
  await new Promise<void>((resolve) => taken.listen(0, '127.0.0.1', resolve))
  const { port } = taken.address() as AddressInfo
  const url = process.env['TEST_DATABASE_URL']
  const { text, code } = await start({ PORT: String(port), ...(url ? { DATABASE_URL: url } : {}) })
  taken.close()
  expect(text).toBe(
    `The gateway cannot listen on 127.0.0.1, port ${port}: another program listens there already.\n`,
  )
  expect(code).toBe(1)
}, 60_000)
