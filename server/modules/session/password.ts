import { hash, verify } from '@node-rs/argon2'

// OWASP's recommendation for argon2id: 19 MiB, two passes, one lane.
const ARGON2 = { memoryCost: 19_456, timeCost: 2, parallelism: 1 }

export const hashPassword = (password: string) => hash(password, ARGON2)

/** A hash nobody knows the password of: an unknown e-mail takes as long to refuse as a wrong password. */
const nobodysHash = hashPassword('nobody has this password')

/** Whether the password fits; a missing hash is refused in the same time as a wrong password. */
export async function isPassword(stored: string | null | undefined, password: string): Promise<boolean> {
  const fits = await verify(stored ?? (await nobodysHash), password)
  return fits && stored !== null && stored !== undefined
}
