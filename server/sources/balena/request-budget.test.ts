import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { RequestBudget } from './request-budget.ts'

const MINUTE_MS = 60_000
const START_MS = Date.parse('2026-01-15T12:00:00Z')

/** A budget whose time passes only where it waits. */
class Hand {
  nowMs = START_MS
  readonly sentAtMs: number[] = []
  readonly budget: RequestBudget
  constructor(perMinute: number, random = 1) {
    this.budget = new RequestBudget({
      perMinute,
      nowMs: () => this.nowMs,
      wait: (ms, signal) => {
        signal.throwIfAborted()
        this.nowMs += ms
        return Promise.resolve()
      },
      random: () => random,
    })
  }
  async ask(): Promise<void> {
    await this.budget.turn(new AbortController().signal)
    this.sentAtMs.push(this.nowMs)
  }
  /** How long nobody may ask. */
  get pauseMs(): number {
    return (this.budget.quietUntilMs ?? this.nowMs) - this.nowMs
  }
}

const deed = fc.oneof(
  fc.record({ kind: fc.constant('ask' as const), count: fc.integer({ min: 1, max: 12 }) }),
  fc.record({ kind: fc.constant('pass' as const), ms: fc.integer({ min: 0, max: 90_000 }) }),
  fc.record({
    kind: fc.constant('fail' as const),
    retryAfterMs: fc.option(fc.integer({ min: 0, max: 200_000 })),
  }),
  fc.record({ kind: fc.constant('succeed' as const) }),
)

describe('the request budget', () => {
  test('is never more than so many requests in any 60 seconds, whatever happens', async () => {
    await fc.assert(
      fc.asyncProperty(
        fc.integer({ min: 1, max: 10 }),
        fc.array(deed, { maxLength: 40 }),
        async (perMinute, deeds) => {
          const hand = new Hand(perMinute)
          for (const one of deeds) {
            if (one.kind === 'ask') await Promise.all(Array.from({ length: one.count }, () => hand.ask()))
            else if (one.kind === 'pass') hand.nowMs += one.ms
            else if (one.kind === 'fail') hand.budget.failed(one.retryAfterMs)
            else hand.budget.succeeded()
            expect(hand.budget.lastMinute).toBeLessThanOrEqual(perMinute)
          }
          for (const [index, atMs] of hand.sentAtMs.entries()) {
            const later = hand.sentAtMs[index + perMinute]
            if (later !== undefined) expect(later - atMs).toBeGreaterThanOrEqual(MINUTE_MS)
          }
        },
      ),
    )
  })

  test('is used up at once where it is there, and waits for the oldest request to be a minute ago', async () => {
    const hand = new Hand(3)
    for (let index = 0; index < 4; index++) await hand.ask()
    expect(hand.sentAtMs.map((atMs) => atMs - START_MS)).toEqual([0, 0, 0, MINUTE_MS])
    expect(hand.budget.lastMinute).toBe(1)
  })

  test('pauses after failures, twice as long each time and a minute at most; a success ends that', async () => {
    const hand = new Hand(100)
    const pauses: number[] = []
    for (let index = 0; index < 8; index++) {
      hand.budget.failed(null)
      pauses.push(hand.pauseMs)
      await hand.ask()
      expect(hand.budget.quietUntilMs).toBeNull()
    }
    expect(pauses).toEqual([1_000, 2_000, 4_000, 8_000, 16_000, 32_000, 60_000, 60_000])
    hand.budget.succeeded()
    hand.budget.failed(null)
    expect(hand.pauseMs).toBe(1_000)
  })

  test('spreads those that failed together over half of the pause', () => {
    const [first, last] = [new Hand(1, 0), new Hand(1, 1)]
    for (const hand of [first, last]) hand.budget.failed(null)
    expect([first.pauseMs, last.pauseMs]).toEqual([500, 1_000])
  })

  test('is quiet for as long as the backend asked, and never shorter because of another failure', async () => {
    const hand = new Hand(10)
    hand.budget.failed(30_000)
    expect(hand.pauseMs).toBe(30_000)
    hand.budget.failed(null)
    expect(hand.pauseMs).toBe(30_000)
    await hand.ask()
    expect(hand.sentAtMs).toEqual([START_MS + 30_000])
  })

  test('whoever gives up waiting keeps nobody else waiting and used nothing', async () => {
    const hand = new Hand(1)
    await hand.ask()
    const gone = AbortSignal.abort(new Error('over'))
    await expect(hand.budget.turn(gone)).rejects.toThrow('over')
    await hand.ask()
    expect(hand.sentAtMs.map((atMs) => atMs - START_MS)).toEqual([0, MINUTE_MS])
  })
})
