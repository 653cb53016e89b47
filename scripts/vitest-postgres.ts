/**
 * Vitest global setup: gives the store tests a real PostgreSQL beside PGlite.
 *
 * The URL of a server (superuser, database `postgres`) is in `process.env.TEST_DATABASE_URL` of every test
 * process and is `inject('postgresUrl')`; it is '' where no PostgreSQL can be had. A URL that is already in
 * the environment is used as it is. The server is started only when a test file of this run mentions
 * `describeOnStores`, `describeOnPostgres` or `TEST_DATABASE_URL`, or when every suite is to run on PostgreSQL.
 *
 * Test files run at the same time on one server, so each makes its own database and drops it:
 *
 *     import { describeOnStores } from '../../testing/databases.ts'
 *
 *     describeOnStores('device store', ({ open }) => {
 *       // open() creates a fresh database of this kind, migrated; close() drops it
 *     })
 */
import { readFile } from 'node:fs/promises'
import type { TestProject } from 'vitest/node'
import { startPostgres } from './postgres-server.ts'

declare module 'vitest' {
  interface ProvidedContext {
    /** A PostgreSQL superuser URL, or '' where there is none. */
    postgresUrl: string
  }
}

export default async function setup(project: TestProject) {
  const given = process.env.TEST_DATABASE_URL
  if (given !== undefined && given !== '') {
    project.provide('postgresUrl', given)
    return
  }
  if (!(await isNeeded(project))) {
    project.provide('postgresUrl', '')
    return
  }
  const server = await startPostgres()
  if (server === undefined) {
    process.stderr.write('No PostgreSQL here: the tests that need it are skipped by name.\n')
    project.provide('postgresUrl', '')
    return
  }
  process.env.TEST_DATABASE_URL = server.url
  project.provide('postgresUrl', server.url)
  return async () => {
    delete process.env.TEST_DATABASE_URL
    await server.stop()
  }
}

async function isNeeded(project: TestProject): Promise<boolean> {
  if (process.env.WHEELHOUSE_TEST_STORE === 'postgresql') return true
  // The names given on the command line; vitest knows them only by an untyped field.
  const pattern: unknown = Reflect.get(project.vitest, 'filenamePattern')
  const filters = Array.isArray(pattern) ? pattern.map(String) : []
  const { testFiles } = await project.globTestFiles(filters)
  const contents = await Promise.all(testFiles.map((file) => readFile(file, 'utf8')))
  return contents.some((content) =>
    /describeOn(Stores|Postgres|PostgresAndRedis)|TEST_DATABASE_URL/.test(content),
  )
}
