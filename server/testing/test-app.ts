import { tmpdir } from 'node:os'
import path from 'node:path'
import type { FastifyBaseLogger } from 'fastify'
import { pino } from 'pino'
import type { Role } from '#contract/session'
import { buildApp } from '../app.ts'
import { cookieName } from '../modules/session/cookie-names.ts'
import { insertSession } from '../modules/session/session.store.ts'
import { readConfig } from '../platform/config.ts'
import type { Database } from '../platform/db/database.ts'
import type { SourceView } from '../platform/source-view.ts'
import { hashSecret, makeSecret } from '../platform/secrets.ts'
import type { ReadSource } from '../sources/open-source.ts'
import { testPglite, testPostgres } from './databases.ts'

/** A folder that is nowhere: most tests ask for no page. */
const NO_PAGE = path.join(tmpdir(), 'wheelhouse-no-page')

/** A clock that stands still until it is moved. */
export class TestClock {
  #nowMs: number
  #jumpedMs = 0
  constructor(start = '2026-01-15T12:00:00.000Z') {
    this.#nowMs = Date.parse(start)
  }
  now(): Date {
    return new Date(this.#nowMs)
  }
  /** The time that has passed, whatever the clock was set to. */
  monotonicMs(): number {
    return this.now().getTime() - this.#jumpedMs
  }
  advance(ms: number): void {
    this.#nowMs += ms
  }
  /** Sets the clock ahead, or back, while no time passes. */
  jump(ms: number): void {
    this.#nowMs += ms
    this.#jumpedMs += ms
  }
}

/** The clock of this machine, so that nothing seems wrong to what runs by its own; can be moved ahead. */
export class RunningClock extends TestClock {
  #aheadMs = 0
  override now(): Date {
    return new Date(Date.now() + this.#aheadMs)
  }
  override advance(ms: number): void {
    this.#aheadMs += ms
  }
}

/**
 * The store of tests that do not choose one: PGlite, or with WHEELHOUSE_TEST_STORE=postgresql a PostgreSQL, so that any
 * suite can be run on both.
 */
function openChosen(): Promise<Database> {
  return (process.env['WHEELHOUSE_TEST_STORE'] === 'postgresql' ? testPostgres : testPglite).open()
}

/** The true gateway on an empty database, with a clock that the test moves. `close` it after use. */
export async function startTestApp(
  options: {
    database?: Database
    clock?: TestClock
    environment?: Record<string, string>
    pageFolder?: string
    logger?: FastifyBaseLogger
    /** Where fleets come from, and whether it is read into the store once the gateway leads; absent: devices talk to it. */
    source?: SourceView | ReadSource
  } = {},
) {
  const opened = options.database ?? (await openChosen())
  const clock = options.clock ?? new TestClock()
  const gateway = await buildApp({
    config: readConfig({ PORT: '0', ...options.environment }),
    database: opened,
    clock,
    logger: options.logger ?? pino({ level: process.env['TEST_LOG_LEVEL'] ?? 'silent' }),
    version: '0.0.0-test',
    pageFolder: options.pageFolder ?? NO_PAGE,
    startedAt: clock.now(),
    ...(options.source ? { source: options.source } : {}),
  })
  await gateway.app.ready()
  return {
    ...gateway,
    clock,
    db: opened.db,
    /** Headers of a caller with this role, everywhere or in one fleet (an API token, so no CSRF token is needed). */
    async as(role: Role, fleetId?: number): Promise<{ authorization: string }> {
      const secret = makeSecret('wh_')
      const token = await opened.db
        .insertInto('api_token')
        .values({
          name: fleetId === undefined ? `test ${role}` : `test ${role} of fleet ${String(fleetId)}`,
          role: fleetId === undefined ? role : null,
          token_hash: hashSecret(secret),
          created_by: 'test',
        })
        .returning('id')
        .executeTakeFirstOrThrow()
      if (fleetId !== undefined)
        await opened.db
          .insertInto('fleet_role')
          .values({ fleet_id: fleetId, role, token_id: token.id })
          .execute()
      return { authorization: `Bearer ${secret}` }
    },
    /** Cookie and CSRF token of a person with this role, everywhere or in one fleet, who is signed in. */
    async signedIn(role: Role, fleetId?: number): Promise<{ cookie: string; 'x-csrf-token': string }> {
      const person = await opened.db
        .insertInto('app_user')
        .values({
          name: `Person ${role}`,
          email: `${role}-${makeSecret('')}@example.com`,
          role: fleetId === undefined ? role : null,
          created_at: clock.now(),
        })
        .returning('id')
        .executeTakeFirstOrThrow()
      if (fleetId !== undefined)
        await opened.db
          .insertInto('fleet_role')
          .values({ fleet_id: fleetId, role, user_id: person.id })
          .execute()
      const session = await insertSession(opened.db, person.id, clock.now(), 24, {
        userAgent: 'test',
        address: '127.0.0.1',
      })
      return { cookie: `${cookieName('session', false)}=${session.token}`, 'x-csrf-token': session.csrfToken }
    },
    /** Listens on a free port; answers the address. */
    listen: () => gateway.app.listen({ host: '127.0.0.1', port: 0 }),
    async close(): Promise<void> {
      await gateway.stop()
      if (!options.database) await opened.close()
    },
  }
}
export type TestApp = Awaited<ReturnType<typeof startTestApp>>
