import closeWithGrace from 'close-with-grace'
import { existsSync, readFileSync } from 'node:fs'
import path from 'node:path'
import { fileURLToPath } from 'node:url'
import { buildApp } from './app.ts'
import { runCommand } from './commands/commands.ts'
import { systemClock } from './platform/clock.ts'
import { CannotStart, systemReason } from './platform/cannot-start.ts'
import { readConfig } from './platform/config.ts'
import { openStore } from './platform/db/database.ts'
import { storeFailure } from './platform/db/store-failure.ts'
import { migrate, readMigrations } from './platform/db/migrate.ts'
import { makeLogger } from './platform/logger.ts'

const here = path.dirname(fileURLToPath(import.meta.url))
const nearest = (...candidates: string[]) =>
  candidates.map((candidate) => path.join(here, candidate)).find(existsSync) ??
  path.join(here, candidates[0] ?? '.')
const STOP_WITHIN_MS = 10_000
/**
 * Connections that may wait to be accepted; the system cuts it to its own limit. With node's 511 a fleet that comes back
 * at once finds its connections opened and never answered.
 */
const BACKLOG = 16_384

async function main(): Promise<void> {
  const config = readConfig(process.env)
  const migrations = await readMigrations(nearest('migrations'))
  const print = (line: string) => void process.stdout.write(`${line}\n`)
  const now = () => systemClock.now()
  const code = await plainly(
    'That cannot be done',
    runCommand(process.argv.slice(2), { config, migrations, print, now }),
  )
  if (code !== null) {
    process.exitCode = code
    return
  }
  const logger = makeLogger(config.LOG_LEVEL)
  const onDatabaseError = (error: Error) => logger.error({ err: error }, 'a database connection broke')
  const database = await openStore(config, onDatabaseError)
  const applied = await plainly(
    database.store === 'pglite'
      ? `The database in the data folder ${config.WHEELHOUSE_DATA} cannot be used`
      : 'The database cannot be reached',
    migrate(database.db, migrations),
  )
  if (applied.length > 0) logger.info({ applied }, 'database migrated')
  const { version } = JSON.parse(readFileSync(nearest('../package.json', '../../package.json'), 'utf8')) as {
    version: string
  }
  const gateway = await buildApp({
    config,
    database,
    clock: systemClock,
    logger,
    version,
    pageFolder: nearest('../app', '../dist/app'),
    startedAt: new Date(),
  })
  const address = await plainly(
    `The gateway cannot listen on ${config.HOST}, port ${config.PORT}`,
    gateway.app.listen({ host: config.HOST, port: config.PORT, backlog: BACKLOG }),
  )
  await plainly('The database cannot be reached', gateway.start())
  process.stdout.write(`Wheelhouse ${version} listens on ${address} (${database.store})\n`)
  const link = await plainly('The database cannot be reached', gateway.setupLink())
  if (link !== null) process.stdout.write(`Make the first administrator, once, within a day: ${link}\n`)
  closeWithGrace({ delay: STOP_WITHIN_MS, logger }, async ({ signal, err }) => {
    if (err) logger.fatal({ err }, 'the gateway stops after an error nobody caught')
    else logger.info({ signal }, 'the gateway stops')
    await gateway.stop()
    await database.close()
  })
}

/** A refusal of the system as one sentence that says what was tried; other errors pass as they are. */
async function plainly<T>(what: string, work: Promise<T>): Promise<T> {
  try {
    return await work
  } catch (error) {
    const reason = systemReason(error) ?? (storeFailure(error) === 'away' ? 'it went away meanwhile' : null)
    throw reason === null ? error : new CannotStart(`${what}: ${reason}.`)
  }
}

main().catch((error: unknown) => {
  const text = error instanceof Error ? (error.stack ?? error.message) : String(error)
  process.stderr.write(`${error instanceof CannotStart ? error.message : text}\n`)
  process.exit(1)
})
