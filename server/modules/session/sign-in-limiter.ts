import { Problem } from '../../platform/problem.ts'

const WINDOW_MS = 15 * 60_000
const MAX_FAILURES_PER_ACCOUNT = 10
const MAX_FAILURES_PER_ADDRESS = 50
const MAX_REMEMBERED = 10_000

/** One try, as long as it is not known how it ends. */
export type Attempt = { takeBack: () => void; succeed: () => void }
type Failures = { count: number; until: number }

/**
 * Counts failed sign-ins by account and by address; beyond the limit further tries wait for the window to end. An attempt
 * counts as failed from its begin, so that many at once cannot pass the limit together.
 */
export class SignInLimiter {
  readonly #nowMs: () => number
  readonly #failures = new Map<string, Failures>()

  constructor(nowMs: () => number) {
    this.#nowMs = nowMs
  }

  /**
   * Begins an attempt from an address, for an account where one is named. Throws 429 while either has failed too often.
   * `takeBack`: it was no failure. `succeed` takes it back as well, and forgives the account its failures.
   */
  begin(address: string, account: string | null): Attempt {
    const keys: [string, number][] = [[`address:${address}`, MAX_FAILURES_PER_ADDRESS]]
    if (account !== null) keys.push([accountKey(account), MAX_FAILURES_PER_ACCOUNT])
    for (const [key, limit] of keys) this.#check(key, limit)
    for (const [key] of keys) this.#count(key)
    const takeBack = (taken: readonly string[]) => {
      for (const key of taken) {
        const failures = this.#failures.get(key)
        if (failures && failures.count > 0) failures.count--
      }
    }
    return {
      takeBack: () => takeBack(keys.map(([key]) => key)),
      succeed: () => {
        takeBack([`address:${address}`])
        if (account !== null) this.#failures.delete(accountKey(account))
      },
    }
  }

  /** Whether attempts from this address have to wait. */
  isShut(address: string): boolean {
    return this.#leftMs(`address:${address}`, MAX_FAILURES_PER_ADDRESS) > 0
  }

  #leftMs(key: string, limit: number): number {
    const failures = this.#failures.get(key)
    return failures === undefined || failures.count < limit ? 0 : Math.max(0, failures.until - this.#nowMs())
  }

  #check(key: string, limit: number): void {
    const leftMs = this.#leftMs(key, limit)
    if (leftMs === 0) return
    throw new Problem({
      status: 429,
      code: 'too-many-sign-ins',
      title: 'Too many failed sign-ins',
      detail: `Try again in ${Math.ceil(leftMs / 60_000)} min`,
      retryAfterSeconds: Math.ceil(leftMs / 1000),
    })
  }

  #count(key: string): void {
    const nowMs = this.#nowMs()
    if (this.#failures.size > MAX_REMEMBERED) {
      for (const [other, failures] of this.#failures)
        if (failures.until <= nowMs) this.#failures.delete(other)
    }
    const failures = this.#failures.get(key)
    if (failures && failures.until > nowMs) failures.count++
    else this.#failures.set(key, { count: 1, until: nowMs + WINDOW_MS })
  }
}

const accountKey = (account: string) => `account:${account.toLowerCase()}`
