import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import path from 'node:path'
import { Kysely, PostgresDialect } from 'kysely'
import pg from 'pg'
import type { Config } from '../config.ts'
import { ownConnection } from '../leadership.ts'
import { cannotOpen, findDataFolder } from './data-folder.ts'
import { lockFolder } from './folder-lock.ts'
import { runPglite, type PgliteThread } from './pglite-thread.ts'
import type { Schema } from './schema.ts'

export type Store = 'pglite' | 'postgresql'
export type Database = {
  db: Kysely<Schema>
  store: Store
  /** Makes a connection of its own, outside of the pool; null where no other gateway can share the store. */
  connect: (() => pg.Client) | null
  /** Ends all connections; the embedded database is closed cleanly. */
  close: () => Promise<void>
}

const BIGINT = 20
const NUMERIC = 1700
const CONNECT_WITHIN_MS = 10_000

type Parser = (value: string) => unknown

/** bigint and numeric as numbers; one beyond 2^53 is an error, never a silently wrong figure. */
const parsers: pg.CustomTypesConfig = {
  getTypeParser: (type, format): Parser => {
    const oid: number = type
    if (oid === BIGINT && format !== 'binary') {
      return (text: string) => {
        const value = Number(text)
        if (!Number.isSafeInteger(value)) throw new Error(`bigint ${text} does not fit a number`)
        return value
      }
    }
    if (oid === NUMERIC && format !== 'binary') return Number
    return pg.types.getTypeParser(type, format) as Parser
  },
}

/** One that cannot be made is given up. Told to the pool, this would also end the patience of those who wait for their turn. */
class BoundedClient extends pg.Client {
  constructor(config: pg.ClientConfig = {}) {
    super({ ...config, keepAlive: true, connectionTimeoutMillis: CONNECT_WITHIN_MS })
  }
}

function connect(config: pg.PoolConfig, onError: (error: Error) => void): Kysely<Schema> {
  const pool = new pg.Pool({ ...config, types: parsers, Client: BoundedClient })
  // An idle connection that breaks is replaced at the next query; without a listener it would end the process.
  pool.on('error', onError)
  // One that breaks between two statements of a transaction tells the next statement; unheard it would end the process too.
  pool.on('connect', (client) => client.on('error', () => undefined))
  return new Kysely<Schema>({ dialect: new PostgresDialect({ pool }) })
}

/** Opens the PostgreSQL at `url`. */
export function openPostgres(url: string, onError: (error: Error) => void, maxConnections = 10): Database {
  const db = connect({ connectionString: url, max: maxConnections }, onError)
  return {
    db,
    store: 'postgresql',
    connect: () => new pg.Client({ ...ownConnection, connectionString: url }),
    close: () => db.destroy(),
  }
}

/**
 * Opens the embedded database in `folder` (created when missing), or in memory when null.
 * `startFrom` is a dump of PGlite's data folder that an empty database begins with. Throws CannotStart when another
 * gateway holds the folder, and when what is in it cannot be opened.
 */
export async function openPglite(
  folder: string | null,
  onError: (error: Error) => void,
  startFrom: string | null = null,
): Promise<Database> {
  const unlock = folder === null ? null : await lockFolder(folder)
  // Unix socket paths are limited to about 100 bytes, so the socket lives in the short temporary folder (mode 0700).
  const socketFolder = await mkdtemp(path.join(tmpdir(), 'wheelhouse-'))
  const leave = async () => {
    await rm(socketFolder, { recursive: true, force: true })
    await unlock?.()
  }
  const socketPath = path.join(socketFolder, '.s.PGSQL.5432')
  let thread: PgliteThread
  try {
    const dataDir = folder === null ? null : await findDataFolder(folder)
    thread = await runPglite({ dataDir, socketPath, startFrom }, onError)
  } catch (error) {
    await leave()
    throw folder === null ? error : cannotOpen(folder, error)
  }
  const db = connect(
    { host: socketFolder, port: 5432, user: 'postgres', database: 'postgres', max: 1 },
    onError,
  )
  return {
    db,
    store: 'pglite',
    connect: null,
    close: async () => {
      await db.destroy()
      await thread.stop()
      await leave()
    },
  }
}

/** Opens the store that the configuration names. Throws CannotStart when another process holds the embedded one. */
export async function openStore(
  config: Pick<Config, 'DATABASE_URL' | 'WHEELHOUSE_DATA'>,
  onError: (error: Error) => void,
): Promise<Database> {
  return config.DATABASE_URL === undefined
    ? openPglite(config.WHEELHOUSE_DATA, onError)
    : openPostgres(config.DATABASE_URL, onError)
}
