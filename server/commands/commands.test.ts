import { existsSync } from 'node:fs'
import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import path from 'node:path'
import { fileURLToPath } from 'node:url'
import { sql } from 'kysely'
import { afterEach, beforeEach, describe, expect, test } from 'vitest'
import { readConfig } from '../platform/config.ts'
import { openPglite } from '../platform/db/database.ts'
import { migrate, readMigrations, type Migration } from '../platform/db/migrate.ts'
import { CannotStart } from '../platform/cannot-start.ts'
import { emptyDump } from '../testing/pglite-dumps.ts'
import { runCommand } from './commands.ts'

const folderOfMigrations = path.join(path.dirname(fileURLToPath(import.meta.url)), '../migrations')
const fail = (error: Error) => {
  throw error
}

describe('commands on the embedded store', () => {
  let folder: string
  let migrations: Migration[]
  let printed: string[]
  beforeEach(async () => {
    folder = await mkdtemp(path.join(tmpdir(), 'wheelhouse-commands-'))
    migrations = await readMigrations(folderOfMigrations)
    printed = []
  })
  afterEach(() => rm(folder, { recursive: true, force: true }))

  const dataOf = (name: string) => path.join(folder, name)
  const run = (args: string[], data: string, known: readonly Migration[] = migrations) =>
    runCommand(args, {
      config: readConfig({ WHEELHOUSE_DATA: dataOf(data) }),
      migrations: known,
      print: (line) => printed.push(line),
      now: () => new Date('2026-01-15T12:00:00.000Z'),
    })
  /** A store with an account and an entry of the audit log, closed again. */
  async function makeStore(name: string, known: readonly Migration[] = migrations): Promise<void> {
    const database = await openPglite(dataOf(name), fail, await emptyDump())
    await migrate(database.db, known)
    await sql`insert into app_user (name, email, role) values ('Ada', 'ada@example.com', 'admin')`.execute(
      database.db,
    )
    await sql`insert into audit_entry (actor, actor_kind, action, subject_kind, subject_id, summary)
      values ('Ada', 'user', 'user.setup', 'user', '1', 'Made the first administrator')`.execute(database.db)
    await database.close()
  }

  test('without a command the gateway serves; an unknown one is answered with all there are', async () => {
    expect(await run([], 'none')).toBeNull()
    expect(await run(['bakcup'], 'none')).toBe(1)
    expect(printed.join('\n')).toContain('restore <file>')
    expect(await run(['help'], 'none')).toBe(0)
  })

  test('backup and restore into an empty store; into one that holds something it is refused', async () => {
    await makeStore('old')
    const file = path.join(folder, 'all.backup.gz')
    expect(await run(['backup', file], 'old')).toBe(0)
    expect(printed.at(-1)).toMatch(/^Wrote \d+ rows of \d+ tables/)
    await expect(run(['backup', file], 'old')).rejects.toThrow('exists already')
    expect(await run(['restore', file], 'new')).toBe(0)
    expect(printed.join('\n')).toContain('as they were at 2026-01-15T12:00:00.000Z')
    await expect(run(['restore', file], 'new')).rejects.toThrow(CannotStart)
    expect(await run(['check-audit'], 'new')).toBe(0)
    await expect(run(['restore', path.join(folder, 'nothing.gz')], 'newer')).rejects.toThrow('cannot be read')
    await writeFile(path.join(folder, 'text.gz'), 'hello')
    await expect(run(['restore', path.join(folder, 'text.gz')], 'newer')).rejects.toThrow('cannot be read')
  })

  test('a backup of an older Wheelhouse is migrated forward, one of a newer is refused', async () => {
    const older = migrations.filter(({ name }) => name < '0070')
    await makeStore('old', older)
    const file = path.join(folder, 'old.backup.gz')
    expect(await run(['backup', file], 'old', older)).toBe(0)
    expect(await run(['restore', file], 'new')).toBe(0)
    expect(printed.join('\n')).toContain('Migrated forward: 0070-access.sql')
    await makeStore('current')
    const current = path.join(folder, 'current.backup.gz')
    expect(await run(['backup', current], 'current')).toBe(0)
    await expect(run(['restore', current], 'other', older)).rejects.toThrow('made by a newer Wheelhouse')
  })

  test('a seal that was kept elsewhere tells whether the newest entries are still there', async () => {
    await makeStore('log')
    const database = await openPglite(dataOf('log'), fail)
    await sql`insert into audit_seal (position, entry_id, hash, sealed_at) values (1, 1, ${'a'.repeat(64)}, now())`.execute(
      database.db,
    )
    await sql`delete from audit_unsealed`.execute(database.db)
    await database.close()
    // A seal that nobody made right: the chain itself says no.
    expect(await run(['check-audit'], 'log')).toBe(1)
    expect(printed.join('\n')).toContain('seal 1, entry 1, the entry or its seal was changed')
    expect(await run(['check-audit', '--seal', `2 ${'b'.repeat(64)}`], 'log')).toBe(1)
    expect(printed.at(-1)).toContain('entries were taken away')
    await expect(run(['check-audit', '--seal', 'nonsense'], 'log')).rejects.toThrow('A seal is a number')
  })

  test('check-data says what holds and what does not, and changes nothing', async () => {
    await makeStore('data')
    expect(await run(['check-data'], 'data')).toBe(0)
    expect(printed.at(-1)).toMatch(/^All \d+ checks hold\.$/)
    const database = await openPglite(dataOf('data'), fail)
    await sql`insert into user_group (id, name) overriding system value values (777777, 'Far ahead')`.execute(
      database.db,
    )
    await database.close()
    expect(await run(['check-data'], 'data')).toBe(1)
    expect(printed.join('\n')).toContain(
      'WRONG  New rows get ids beyond those that are taken. Not so for 1:\n         the next id of user_group is 1, but 777777 is taken',
    )
    expect(printed.at(-1)).toMatch(/^1 of \d+ checks do not hold\.$/)
    await expect(run(['check-data', 'everything'], 'data')).rejects.toThrow('takes no arguments')
    await expect(run(['check-data'], 'nothing')).rejects.toThrow('There is no store in')
    expect(existsSync(dataOf('nothing'))).toBe(false)
  })

  test('check-data of a store that an older or a newer Wheelhouse wrote says so and stops', async () => {
    const older = migrations.filter(({ name }) => name < '0070')
    await makeStore('old', older)
    expect(await run(['check-data'], 'old')).toBe(1)
    expect(printed.join('\n')).toContain('0070-access.sql was not applied: start the gateway once')
    await makeStore('current')
    expect(await run(['check-data'], 'current', older)).toBe(1)
    expect(printed.join('\n')).toContain('0070-access.sql is of a newer Wheelhouse')
    expect(printed.at(-1)).toBe('1 of 1 checks do not hold.')
  })
})
