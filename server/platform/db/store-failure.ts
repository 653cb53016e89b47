/**
 * What the store lacks, where it is not the fault of what it was asked. `away`: it does not answer, or only to be read.
 * `full`: there is no room for what was to be written.
 */
export type StoreFailure = 'away' | 'full'

/** Codes of PostgreSQL (appendix A of its manual): connection exceptions, shutdown, start, too many connections, a standby. */
const AWAY_STATE = /^(08...|57P0[1-3]|53300|25006)$/
/** disk_full. */
const FULL_STATE = '53100'
/** Codes of the system for a connection that is refused, ends or cannot be made; ENOENT: of a unix socket. */
const AWAY_CODES = new Set([
  'ECONNREFUSED',
  'ECONNRESET',
  'ECONNABORTED',
  'EPIPE',
  'ETIMEDOUT',
  'EHOSTUNREACH',
  'ENETUNREACH',
  'ENOTFOUND',
  'EAI_AGAIN',
])
const FULL_CODES = new Set(['ENOSPC', 'EDQUOT'])
/** The driver's own words, for which it has no codes (pg/lib/client.js). */
const AWAY_WORDS =
  /^(Connection terminated|Client has encountered a connection error|Client was closed|timeout expired$)/

const textAt = (error: Error, key: string): string => {
  const value: unknown = Reflect.get(error, key)
  return typeof value === 'string' ? value : ''
}

/** Why the store could not do what it was asked; null where the reason is another one. */
export function storeFailure(error: unknown): StoreFailure | null {
  if (!(error instanceof Error)) return null
  const code = textAt(error, 'code')
  if (code === FULL_STATE || FULL_CODES.has(code)) return 'full'
  if (AWAY_STATE.test(code) || AWAY_CODES.has(code)) return 'away'
  if (code === 'ENOENT' && textAt(error, 'syscall') === 'connect') return 'away'
  return code === '' && AWAY_WORDS.test(error.message) ? 'away' : null
}
