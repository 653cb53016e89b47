import type { Config } from '../platform/config.ts'
import { openPglite, openPostgres, type Database } from '../platform/db/database.ts'

const fail = (error: Error) => {
  throw error
}

/** Opens the store of the configuration for one command; the embedded one only while no gateway runs on it. */
export const openStore = (config: Config): Promise<Database> | Database =>
  config.DATABASE_URL === undefined
    ? openPglite(config.WHEELHOUSE_DATA, fail)
    : openPostgres(config.DATABASE_URL, fail)
