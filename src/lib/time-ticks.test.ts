import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { tickText, timeTicks } from './time-ticks'

describe('ticks of a time axis', () => {
  it('are few, evenly spaced and inside the range', () => {
    const start = Date.UTC(2026, 0, 15)
    fc.assert(
      fc.property(fc.nat(86_400_000), fc.integer({ min: 1, max: 60 * 86_400_000 }), (shift, length) => {
        const [from, to] = [start + shift, start + shift + length]
        const ticks = timeTicks(from, to)
        expect(ticks.length).toBeLessThanOrEqual(6)
        for (const at of ticks) {
          expect(at).toBeGreaterThanOrEqual(from)
          expect(at).toBeLessThanOrEqual(to)
        }
        const gaps = new Set(ticks.slice(1).map((at, index) => at - (ticks[index] ?? 0)))
        expect(gaps.size).toBeLessThanOrEqual(1)
      }),
    )
  })
  it('stand on round moments and tell seconds only where they matter', () => {
    const noon = new Date(2026, 0, 15, 12, 0, 0).getTime()
    expect(timeTicks(noon + 100, noon + 300_000).map((at) => (at - noon) / 1000)).toEqual([
      60, 120, 180, 240, 300,
    ])
    expect(tickText(noon, noon, noon + 40_000)).toBe('12:00:00')
    expect(tickText(noon, noon, noon + 3_600_000)).toBe('12:00')
    expect(tickText(noon, noon, noon + 10 * 86_400_000)).toBe('15 Jan')
  })
})
