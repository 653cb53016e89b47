import { Problem } from '../../platform/problem.ts'

const WINDOW_MS = 15 * 60_000
const MAX_FAILURES_PER_ACCOUNT = 10
const MAX_FAILURES_PER_ADDRESS = 50
const MAX_REMEMBERED = 10_000

type Failures = { count: number; until: number }

/** Counts failed sign-ins by account and by address; beyond the limit further tries wait for the window to end. */
export class SignInLimiter {
  readonly #nowMs: () => number
  readonly #failures = new Map<string, Failures>()

  constructor(nowMs: () => number) {
    this.#nowMs = nowMs
  }

  /** Throws 429 while either the account or the address has failed too often. */
  check(address: string, account: string): void {
    const nowMs = this.#nowMs()
    for (const [key, limit] of this.#keys(address, account)) {
      const failures = this.#failures.get(key)
      if (failures && failures.until > nowMs && failures.count >= limit) {
        const minutes = Math.ceil((failures.until - nowMs) / 60_000)
        throw new Problem({
          status: 429,
          code: 'too-many-sign-ins',
          title: 'Too many failed sign-ins',
          detail: `Try again in ${minutes} min`,
        })
      }
    }
  }

  fail(address: string, account: string): void {
    const nowMs = this.#nowMs()
    if (this.#failures.size > MAX_REMEMBERED) {
      for (const [key, failures] of this.#failures) if (failures.until <= nowMs) this.#failures.delete(key)
    }
    for (const [key] of this.#keys(address, account)) {
      const failures = this.#failures.get(key)
      if (failures && failures.until > nowMs) failures.count++
      else this.#failures.set(key, { count: 1, until: nowMs + WINDOW_MS })
    }
  }

  succeed(_address: string, account: string): void {
    this.#failures.delete(`account:${account.toLowerCase()}`)
  }

  #keys(address: string, account: string): [string, number][] {
    const keys: [string, number][] = [[`address:${address}`, MAX_FAILURES_PER_ADDRESS]]
    if (account !== '') keys.push([`account:${account.toLowerCase()}`, MAX_FAILURES_PER_ACCOUNT])
    return keys
  }
}
