import closeWithGrace from 'close-with-grace'
import { existsSync, readFileSync } from 'node:fs'
import path from 'node:path'
import { fileURLToPath } from 'node:url'
import { buildApp } from './app.ts'
import { systemClock } from './platform/clock.ts'
import { ConfigError, readConfig } from './platform/config.ts'
import { openPglite, openPostgres, type Database } from './platform/db/database.ts'
import { migrate, readMigrations } from './platform/db/migrate.ts'
import { makeLogger } from './platform/logger.ts'

const here = path.dirname(fileURLToPath(import.meta.url))
const nearest = (...candidates: string[]) =>
  candidates.map((candidate) => path.join(here, candidate)).find(existsSync) ??
  path.join(here, candidates[0] ?? '.')
const STOP_WITHIN_MS = 10_000

async function main(): Promise<void> {
  const config = readConfig(process.env)
  const logger = makeLogger(config.LOG_LEVEL)
  const onDatabaseError = (error: Error) => logger.error({ err: error }, 'a database connection broke')
  const database: Database =
    config.DATABASE_URL === undefined
      ? await openPglite(config.WHEELHOUSE_DATA, onDatabaseError)
      : openPostgres(config.DATABASE_URL, onDatabaseError)
  const applied = await migrate(database.db, await readMigrations(nearest('migrations')))
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
  const address = await gateway.app.listen({ host: config.HOST, port: config.PORT })
  await gateway.start()
  process.stdout.write(`Wheelhouse ${version} listens on ${address} (${database.store})\n`)
  const link = await gateway.setupLink()
  if (link !== null) process.stdout.write(`Make the first administrator, once, within a day: ${link}\n`)
  closeWithGrace({ delay: STOP_WITHIN_MS, logger }, async ({ signal, err }) => {
    if (err) logger.fatal({ err }, 'the gateway stops after an error nobody caught')
    else logger.info({ signal }, 'the gateway stops')
    await gateway.stop()
    await database.close()
  })
}

main().catch((error: unknown) => {
  const isPlain =
    error instanceof ConfigError ||
    (error instanceof Error && /^The (data folder|database)/.test(error.message))
  process.stderr.write(
    `${isPlain && error instanceof Error ? error.message : String(error instanceof Error ? (error.stack ?? error.message) : error)}\n`,
  )
  process.exit(1)
})
