/** A reason why the gateway cannot start that whoever starts it can mend; the message is one sentence for the terminal. */
export class CannotStart extends Error {}

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
  EEXIST: 'a file of this name is in the way',
  ENOTDIR: 'a part of its path is a file',
}

/** The sentence for an error of the system (`listen`, `mkdir`, a refused connection …); null when it is none. */
export function systemReason(error: unknown): string | null {
  const first: unknown = error instanceof AggregateError ? error.errors[0] : error
  const code = first instanceof Error && 'code' in first ? String(first.code) : ''
  return reasons[code] ?? null
}
