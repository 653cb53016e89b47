import { createHash } from 'node:crypto'

/** An entry as it is sealed: every column as text, so that nothing depends on how a driver reads it. */
export type SealedText = readonly (string | null)[]

/** The seal before the first one. */
export const FIRST_SEAL = '0'.repeat(64)

/** SHA-256, in hexadecimal, of the seal before, the entry's place and the entry. */
export const sealOf = (before: string, position: number, entry: SealedText) =>
  createHash('sha256')
    .update(JSON.stringify([before, position, entry]))
    .digest('hex')
