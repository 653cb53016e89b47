/** A reason why the gateway cannot start that whoever starts it can mend; the message is one sentence for the terminal. */
export class CannotStart extends Error {}

/** data_corrupted, index_corrupted, undefined_file, io_error. */
const DAMAGED =
  'its files are damaged; move them away and restore a backup into an empty store (docs/backup.md)'

// Codes of Node and, five characters long, of PostgreSQL.
const reasons: Record<string, string> = {
  EADDRINUSE: 'another program listens there already',
  EADDRNOTAVAIL: 'this machine has no such address',
  EACCES: 'this account may not',
  ENOTFOUND: 'the name is not known',
  ECONNREFUSED: 'nothing listens there',
  ETIMEDOUT: 'it does not answer',
  '28P01': 'it refuses the password',
  '28000': 'it refuses the user',
  '3D000': 'it has no database of this name',
  EROFS: 'the file system is read-only',
  ENOSPC: 'its disk is full',
  '53100': 'its disk is full',
  XX001: DAMAGED,
  XX002: DAMAGED,
  '58P01': DAMAGED,
  '58030': DAMAGED,
  EEXIST: 'a file of this name is in the way',
  ENOTDIR: 'a part of its path is a file',
}

/** The sentence for an error of the system (`listen`, `mkdir`, a refused connection …); null when it is none. */
export function systemReason(error: unknown): string | null {
  const first: unknown = error instanceof AggregateError ? error.errors[0] : error
  const code = first instanceof Error && 'code' in first ? String(first.code) : ''
  return reasons[code] ?? null
}
