import { hash, randomBytes } from 'node:crypto'

/** 256 random bits as text safe in URLs, with a prefix that tells people and secret scanners what it is. */
export const makeSecret = (prefix: string) => `${prefix}${randomBytes(32).toString('base64url')}`

/** SHA-256 in hex. Right for random secrets (tokens, device keys); passwords need argon2. */
export const hashSecret = (secret: string) => hash('sha256', secret, 'hex')
