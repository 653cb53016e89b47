import { existsSync } from 'node:fs'
import path from 'node:path'
import { parseArgs } from 'node:util'
import type { AuditCheck } from '#contract/audit'
import { checkSeals } from '../modules/audit/audit-seal.store.ts'
import { BadBackup, checkBackup } from '../modules/backup/backup-file.ts'
import { writeBackup } from '../modules/backup/backup.module.ts'
import { checkStore } from '../modules/backup/check-store.service.ts'
import { foundAmong, type StoreCheck } from '../modules/backup/store-check.ts'
import { holdsData, restoreRows } from '../modules/backup/restore.store.ts'
import { CannotStart } from '../platform/cannot-start.ts'
import type { Config } from '../platform/config.ts'
import { openStore, type Database } from '../platform/db/database.ts'
import { migrate, type Migration } from '../platform/db/migrate.ts'
import { atOneMoment } from '../platform/db/one-moment.ts'

type Surroundings = {
  config: Config
  migrations: readonly Migration[]
  print: (line: string) => void
  now: () => Date
}

/** What `node dist/server/main.js <command>` does instead of serving; answers the exit code. */
type Command = (args: string[], surroundings: Surroundings) => Promise<number>

const USAGE = `Usage:
  wheelhouse                      serve
  wheelhouse backup <file>        write everything the store holds into a new file
  wheelhouse restore <file>       put a backup into an empty store
  wheelhouse check-audit [--seal "<position> <hash>"]
                                  say whether the audit log is as it was written
  wheelhouse check-data           say whether all that the store holds fits together; changes nothing`

async function withStore<T>({ config }: Surroundings, work: (database: Database) => Promise<T>): Promise<T> {
  // Nothing goes on beside a command: a connection that breaks is its failure.
  const database = await openStore(config, (error) => {
    throw error
  })
  try {
    return await work(database)
  } finally {
    await database.close()
  }
}

const onlyFile = (args: string[], verb: string): string => {
  const [file] = args
  if (file === undefined || args.length !== 1) throw new CannotStart(`Name the file to ${verb}.\n${USAGE}`)
  return file
}

const backup: Command = async (args, surroundings) => {
  const file = onlyFile(args, 'write')
  if (existsSync(file)) throw new CannotStart(`${file} exists already; name another one.`)
  await withStore(surroundings, ({ db, store }) => writeBackup(db, file, { now: surroundings.now(), store }))
  const { end } = await checkBackup(file)
  const rows = Object.values(end.rows).reduce((sum, count) => sum + count, 0)
  surroundings.print(
    `Wrote ${String(rows)} rows of ${String(Object.keys(end.rows).length)} tables into ${file}.`,
  )
  return 0
}

const restore: Command = async (args, surroundings) => {
  const file = onlyFile(args, 'restore')
  const { migrations, print } = surroundings
  const { head, end } = await checkBackup(file)
  const own = new Map(migrations.map(({ name, checksum }) => [name, checksum]))
  for (const { name, checksum } of head.migrations)
    if (own.get(name) !== checksum)
      throw new BadBackup(
        `The backup was made by ${own.has(name) ? 'another' : 'a newer'} Wheelhouse (migration ${name}); install that version to restore it.`,
      )
  const held = new Set(head.migrations.map(({ name }) => name))
  return withStore(surroundings, async ({ db }) => {
    // First the tables as they were when the backup was made, then what came since.
    await migrate(
      db,
      migrations.filter(({ name }) => held.has(name)),
    )
    if (await holdsData(db))
      throw new CannotStart(
        'The store holds accounts or fleets already; a backup is restored into an empty one.',
      )
    const counts = await restoreRows(db, file)
    const wrong = Object.entries(end.rows).filter(([table, count]) => counts.get(table) !== count)
    for (const [table, count] of wrong)
      print(`${table}: ${String(counts.get(table) ?? 0)} rows instead of ${String(count)}`)
    const applied = await migrate(db, migrations)
    if (applied.length > 0) print(`Migrated forward: ${applied.join(', ')}.`)
    print(
      `Restored ${String([...counts.values()].reduce((sum, count) => sum + count, 0))} rows of ${String(counts.size)} tables, as they were at ${head.createdAt}.`,
    )
    const isWhole = await reportAudit(db, null, print)
    return wrong.length === 0 && isWhole ? 0 : 1
  })
}

const faultText = ({ position, entryId, what }: AuditCheck['faults'][number]) =>
  `${position === null ? '' : `seal ${String(position)}, `}${entryId === null ? '' : `entry ${String(entryId)}, `}${what}`

async function reportAudit(
  db: Database['db'],
  seal: { position: number; hash: string } | null,
  print: (line: string) => void,
): Promise<boolean> {
  const check = await atOneMoment(db, checkSeals)
  for (const fault of check.faults) print(`Audit log: ${faultText(fault)}`)
  print(
    check.isWhole
      ? `The audit log is as it was written: ${String(check.sealed)} sealed entries, ${String(check.waiting)} not sealed yet.`
      : 'The audit log is not as it was written.',
  )
  if (check.head) print(`Newest seal: ${String(check.head.position)} ${check.head.hash}`)
  if (!seal) return check.isWhole
  const row = await db
    .selectFrom('audit_seal')
    .select('hash')
    .where('position', '=', seal.position)
    .executeTakeFirst()
  const holds = row?.hash === seal.hash
  print(
    holds
      ? `The log holds the seal ${String(seal.position)} that was kept elsewhere.`
      : `The log does not hold the seal ${String(seal.position)} that was kept elsewhere: ${row ? 'it is another one' : 'entries were taken away'}.`,
  )
  return check.isWhole && holds
}

const checkAudit: Command = async (args, surroundings) => {
  const { values } = parseArgs({ args, options: { seal: { type: 'string' } } })
  const kept = values.seal === undefined ? null : /^([1-9]\d*) ([0-9a-f]{64})$/.exec(values.seal)
  if (values.seal !== undefined && !kept)
    throw new CannotStart('A seal is a number and 64 hexadecimal characters, as `check-audit` prints it.')
  const seal = kept ? { position: Number(kept[1]), hash: kept[2] ?? '' } : null
  return withStore(surroundings, async ({ db }) => {
    await migrate(db, surroundings.migrations)
    return (await reportAudit(db, seal, surroundings.print)) ? 0 : 1
  })
}

const sealsHold: StoreCheck = {
  rule: 'The audit log is as it was written.',
  find: async (trx) => foundAmong((await checkSeals(trx)).faults.map(faultText)),
}

const checkData: Command = async (args, surroundings) => {
  const { config, migrations, print } = surroundings
  if (args.length > 0) throw new CannotStart(`check-data takes no arguments.\n${USAGE}`)
  const folder = config.WHEELHOUSE_DATA
  // Opening the embedded store would make one.
  if (config.DATABASE_URL === undefined && !existsSync(path.join(folder, 'pglite')))
    throw new CannotStart(`There is no store in ${folder}; name its folder by WHEELHOUSE_DATA.`)
  const checked = await withStore(surroundings, ({ db }) => checkStore(db, migrations, [sealsHold]))
  for (const { rule, count, examples } of checked) {
    print(`${count === 0 ? 'ok    ' : 'WRONG '} ${rule}${count === 0 ? '' : ` Not so for ${String(count)}:`}`)
    for (const example of examples) print(`         ${example}`)
    if (count > examples.length) print(`         and ${String(count - examples.length)} more`)
  }
  const wrong = checked.filter(({ count }) => count > 0).length
  print(
    wrong === 0
      ? `All ${String(checked.length)} checks hold.`
      : `${String(wrong)} of ${String(checked.length)} checks do not hold.`,
  )
  return wrong === 0 ? 0 : 1
}

const commands = new Map<string, Command>([
  ['backup', backup],
  ['restore', restore],
  ['check-audit', checkAudit],
  ['check-data', checkData],
])

/** Runs the command that the arguments name; null where they name none and the gateway is to serve. */
export async function runCommand(
  args: readonly string[],
  surroundings: Surroundings,
): Promise<number | null> {
  const [name, ...rest] = args
  if (name === undefined) return null
  const command = commands.get(name)
  if (!command) {
    surroundings.print(USAGE)
    return name === '--help' || name === 'help' ? 0 : 1
  }
  try {
    return await command(rest, surroundings)
  } catch (error) {
    if (error instanceof BadBackup) throw new CannotStart(error.message)
    throw error
  }
}
