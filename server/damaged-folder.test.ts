import { createHash } from 'node:crypto'
import { cp, mkdtemp, readdir, readFile, rm, stat, truncate, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import path from 'node:path'
import { sql } from 'kysely'
import { afterAll, beforeAll, describe, expect, onTestFinished, test } from 'vitest'
import { CannotStart } from './platform/cannot-start.ts'
import { openPglite } from './platform/db/database.ts'
import { migrateFully } from './testing/databases.ts'
import { startToEnd } from './testing/gateway-process.ts'
import { seedFleet } from './testing/fleet-seed.ts'

const fail = (error: Error) => {
  throw error
}

/** The files of a folder by name, each as its hash; but for the one in which whoever opens it writes its process id. */
async function printOf(folder: string): Promise<Record<string, string>> {
  const names = await readdir(folder, { recursive: true })
  const files: [string, string][] = []
  for (const name of names.sort()) {
    const file = path.join(folder, name)
    if ((await stat(file)).isFile() && path.basename(name) !== 'postmaster.pid')
      files.push([
        name,
        createHash('sha256')
          .update(await readFile(file))
          .digest('hex'),
      ])
  }
  return Object.fromEntries(files)
}

const garbage = (bytes: number) => Buffer.alloc(bytes, 'garbage ')
const overwrite = async (file: string) => writeFile(file, garbage((await stat(file)).size))

type Damage = [what: string, damage: (dataDir: string) => Promise<unknown>, told: RegExp]
const damages: Damage[] = [
  ['without its version', (dir) => rm(path.join(dir, 'PG_VERSION')), /its file PG_VERSION is missing/],
  [
    'with a version that is none',
    (dir) => writeFile(path.join(dir, 'PG_VERSION'), garbage(64)),
    /its file PG_VERSION names no version/,
  ],
  [
    'without its control file',
    (dir) => rm(path.join(dir, 'global/pg_control')),
    /its file global\/pg_control is missing/,
  ],
  [
    'whose control file was cut',
    (dir) => truncate(path.join(dir, 'global/pg_control'), 300),
    /its file global\/pg_control is not whole/,
  ],
  [
    'whose control file is garbage',
    (dir) => overwrite(path.join(dir, 'global/pg_control')),
    /the database gave up on its files \(.+\)\. If/,
  ],
  [
    'whose log of changes is garbage',
    async (dir) => {
      for (const name of await readdir(path.join(dir, 'pg_wal')))
        if (/^[0-9A-F]{24}$/.test(name)) await overwrite(path.join(dir, 'pg_wal', name))
    },
    /the database gave up on its files \(.+\)\. If/,
  ],
]

describe('a data folder that is damaged', () => {
  let whole: string
  let tableFile: string
  beforeAll(async () => {
    whole = await mkdtemp(path.join(tmpdir(), 'wheelhouse-whole-'))
    const database = await openPglite(whole, fail)
    await migrateFully(database)
    await seedFleet(database.db)
    const { rows } = await sql<{ file: string }>`select pg_relation_filepath('migration') as file`.execute(
      database.db,
    )
    tableFile = rows[0]?.file ?? ''
    await database.close()
  })
  afterAll(() => rm(whole, { recursive: true, force: true }))

  /** A copy of the whole folder, damaged. */
  async function damaged(damage: (dataDir: string) => Promise<unknown>): Promise<string> {
    const folder = await mkdtemp(path.join(tmpdir(), 'wheelhouse-damaged-'))
    onTestFinished(() => rm(folder, { recursive: true, force: true }))
    await cp(whole, folder, { recursive: true })
    await damage(path.join(folder, 'pglite'))
    return folder
  }
  const sentenceFor = (folder: string) => `The database in the data folder ${folder} cannot be opened: `

  test.each(damages)('%s is refused with one sentence, and left as it is', async (_what, damage, told) => {
    const folder = await damaged(damage)
    const before = await printOf(folder)
    const refusal = await openPglite(folder, fail).then(
      () => null,
      (error: unknown) => error,
    )
    expect(refusal).toBeInstanceOf(CannotStart)
    const text = (refusal as Error).message
    expect(text.startsWith(sentenceFor(folder)), text).toBe(true)
    expect(text).toMatch(told)
    expect(text).toContain('docs/backup.md')
    expect(await printOf(folder)).toEqual(before)
  })

  test('ends the start of the gateway with exit code 1', async () => {
    const folder = await damaged((dir) => truncate(path.join(dir, 'global/pg_control'), 300))
    const { code, text } = await startToEnd({ WHEELHOUSE_DATA: folder })
    expect(text.startsWith(sentenceFor(folder)), text).toBe(true)
    expect(text.trim().split('\n')).toHaveLength(1)
    expect(code).toBe(1)
  })

  test('in a table that the start reads ends it with exit code 1 too', async () => {
    const folder = await damaged((dir) => overwrite(path.join(dir, tableFile)))
    const { code, text } = await startToEnd({ WHEELHOUSE_DATA: folder })
    expect(text).toBe(
      `The database in the data folder ${folder} cannot be used: its files are damaged; move them away and restore a backup into an empty store (docs/backup.md).\n`,
    )
    expect(code).toBe(1)
  })
})
