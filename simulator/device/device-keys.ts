import { randomBytes } from 'node:crypto'

/** The key it speaks with, and one that it has made and not used yet. */
export type DeviceKeys = { own: string; next: string | null }

/** A key that nobody can guess: the only thing of a virtual device that is not drawn from its seed. */
export const makeKey = (): string => randomBytes(16).toString('hex')
