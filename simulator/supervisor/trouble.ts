import { LinkDown } from '../device/link.ts'

/** An answer of the gateway that is not what the protocol promises. */
export class Refused extends Error {
  readonly status: number
  constructor(status: number, text: string) {
    super(`the gateway answered ${status}${text === '' ? '' : `: ${text.slice(0, 200)}`}`)
    this.status = status
  }
}

/**
 * Whether a device lives with this error and tries again: no network, a gateway that is down, overloaded or refuses.
 * Everything else is a fault of this program and must be seen.
 */
export function isTrouble(error: unknown): boolean {
  if (error instanceof LinkDown || error instanceof Refused) return true
  // System and undici errors carry a code: ECONNREFUSED, UND_ERR_SOCKET and the like.
  return error instanceof Error && typeof Reflect.get(error, 'code') === 'string'
}
