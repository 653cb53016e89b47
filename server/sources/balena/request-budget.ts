/** The first pause after a failure, and the longest, in milliseconds. */
const FIRST_PAUSE_MS = 1_000
const LONGEST_PAUSE_MS = 60_000
const MINUTE_MS = 60_000

export type BudgetDeps = {
  /** Requests in any 60 seconds. */
  perMinute: number
  nowMs: () => number
  /** Resolves after so many milliseconds, or rejects when aborted. */
  wait: (ms: number, signal: AbortSignal) => Promise<void>
  /** From 0 to 1: spreads those that failed at the same moment. */
  random: () => number
}

/**
 * How often the backend may be asked. Whoever asks waits for a turn; after failures nobody has one for a while that doubles, or
 * for as long as the backend said.
 */
export class RequestBudget {
  readonly #deps: BudgetDeps
  #sent: number[] = []
  #quietUntilMs = 0
  #failures = 0
  #line: Promise<void> = Promise.resolve()

  constructor(deps: BudgetDeps) {
    this.#deps = deps
  }

  get perMinute(): number {
    return this.#deps.perMinute
  }

  /** Requests of the last 60 seconds. */
  get lastMinute(): number {
    this.#forget()
    return this.#sent.length
  }

  /** No request before this instant, ms since the epoch; null: there may be one now. */
  get quietUntilMs(): number | null {
    return this.#quietUntilMs > this.#deps.nowMs() ? this.#quietUntilMs : null
  }

  /** Waits in line for the next request. */
  turn(signal: AbortSignal): Promise<void> {
    const turn = this.#line.then(() => this.#next(signal))
    this.#line = turn.catch(() => undefined)
    return turn
  }

  async #next(signal: AbortSignal): Promise<void> {
    for (;;) {
      signal.throwIfAborted()
      this.#forget()
      const now = this.#deps.nowMs()
      const oldest = this.#sent[0]
      const freeAt = this.#sent.length < this.#deps.perMinute || oldest === undefined ? 0 : oldest + MINUTE_MS
      const at = Math.max(freeAt, this.#quietUntilMs)
      if (at <= now) break
      await this.#deps.wait(at - now, signal)
    }
    this.#sent.push(this.#deps.nowMs())
  }

  succeeded(): void {
    this.#failures = 0
  }

  /** `retryAfterMs`: what the backend said; null: it did not say. */
  failed(retryAfterMs: number | null): void {
    const pause = Math.min(LONGEST_PAUSE_MS, FIRST_PAUSE_MS * 2 ** Math.min(this.#failures, 10))
    this.#failures += 1
    const spread = pause * (0.5 + this.#deps.random() / 2)
    const untilMs = this.#deps.nowMs() + Math.max(retryAfterMs ?? 0, spread)
    // What was under way meanwhile may fail too: how long the backend wants to be left alone still holds.
    this.#quietUntilMs = Math.max(this.#quietUntilMs, untilMs)
  }

  #forget(): void {
    const since = this.#deps.nowMs() - MINUTE_MS
    const first = this.#sent.findIndex((at) => at > since)
    this.#sent = first < 0 ? [] : this.#sent.slice(first)
  }
}
