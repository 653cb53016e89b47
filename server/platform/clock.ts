/**
 * Where the time comes from; rules get it handed in, so that tests can move it. `monotonicMs`: milliseconds that have passed
 * since some moment while this machine ran, whatever its clock was set to meanwhile.
 */
export type Clock = { now: () => Date; monotonicMs: () => number }

export const systemClock: Clock = { now: () => new Date(), monotonicMs: () => performance.now() }

/** Less is what clocks are put right by all the time, and what gateways may differ by. */
const JUMP_MS = 2_000

/**
 * Notices that the clock was set, or that the machine stood still for a while (a suspended computer, a paused virtual
 * machine). Look often: what comes bit by bit between two looks is no jump.
 */
export class JumpWatch {
  readonly #clock: Clock
  #aheadMs: number

  constructor(clock: Clock) {
    this.#clock = clock
    this.#aheadMs = this.#ahead()
  }

  #ahead(): number {
    return this.#clock.now().getTime() - this.#clock.monotonicMs()
  }

  /** By how many ms the clock jumped ahead (below zero: back) since the last look; 0: it ran. */
  look(): number {
    const aheadMs = this.#ahead()
    const jumpedMs = aheadMs - this.#aheadMs
    this.#aheadMs = aheadMs
    return Math.abs(jumpedMs) >= JUMP_MS ? Math.round(jumpedMs) : 0
  }
}
