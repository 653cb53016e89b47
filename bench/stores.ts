/** The two stores that benches measure on: a PostgreSQL of its own, started and thrown away, or the embedded one. */
import type { TestGateway } from '../e2e/fixtures/test-gateway.ts'
import { startPostgres } from '../scripts/postgres-server.ts'
import { openRaw, type RawStore } from './log-seed.ts'
import { print } from './table.ts'

/** Nothing else may take the processor, least of all the log. */
export const quiet = { LOG_LEVEL: 'error', WHEELHOUSE_POLL_INTERVAL_MS: '600000' }

/** Environment of a gateway on the PostgreSQL at `url`; null: on the embedded store. */
export const storeAt = (url: string | null): Record<string, string> =>
  url === null ? {} : { DATABASE_URL: url }

/**
 * Does some work on a store named `pglite` or `postgresql`, in any case; `url`: of the PostgreSQL, null for the embedded
 * one. Answers nothing, and says so, where this machine has no PostgreSQL. `isDurable`: commits wait for the disk.
 */
export async function onStore<Result>(
  store: string,
  work: (url: string | null) => Promise<Result>,
  { isDurable = true } = {},
): Promise<[Result] | []> {
  if (store.toLowerCase() === 'pglite') return [await work(null)]
  const postgres = await startPostgres({ isDurable })
  if (!postgres) {
    print('PostgreSQL was not measured: this machine has none.\n')
    return []
  }
  try {
    return [await work(postgres.url)]
  } finally {
    await postgres.stop()
  }
}

/** Stops the gateway, lets `work` at its store, and starts it again: the embedded database has one owner at a time. */
export async function aside<Result>(
  gateway: TestGateway,
  url: string | null,
  work: (raw: RawStore) => Promise<Result>,
): Promise<Result> {
  await gateway.process.stop()
  const raw = await openRaw(gateway, url)
  const result = await work(raw).finally(() => raw.close())
  await gateway.process.start()
  return result
}
