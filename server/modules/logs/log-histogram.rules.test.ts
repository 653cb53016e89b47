import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { chooseBuckets, SlicePlan } from './log-histogram.rules.ts'

const base = Date.UTC(2026, 0, 1)

describe('buckets', () => {
  test.each([
    [3_600_000, 100, 60_000],
    [60_000, 100, 1_000],
    [7 * 86_400_000, 100, 7_200_000],
    [0, 10, 100],
  ])('%i ms in at most %i: %i ms wide', (span, most, width) =>
    expect(chooseBuckets(base, base + span, most).widthMs).toBe(width),
  )
  test('they cover the range, are whole, and no more than asked for', () => {
    fc.assert(
      fc.property(
        fc.integer({ min: 0, max: base }),
        fc.integer({ min: 0, max: 4e12 }),
        fc.integer({ min: 1, max: 300 }),
        (from, span, most) => {
          const { startMs, widthMs, count } = chooseBuckets(from, from + span, most)
          expect(count).toBeLessThanOrEqual(most)
          expect(startMs).toBeLessThanOrEqual(from)
          expect(startMs + widthMs * count).toBeGreaterThan(from + span)
          if (most > 1) expect(startMs % widthMs).toBe(0)
        },
      ),
    )
  })
})

test('all passes together take each id once; the first one takes some of every bucket', () => {
  const steps = fc.array(fc.nat(1_000), { minLength: 1, maxLength: 8 })
  fc.assert(
    fc.property(steps, fc.integer({ min: 50, max: 5_000 }), (widths, passIds) => {
      const edges = widths.reduce((all, width) => [...all, (all.at(-1) ?? 0) + width], [1])
      const plan = new SlicePlan(edges, passIds)
      const passes = Array.from({ length: plan.passes }, (_, pass) => plan.pass(pass))
      expect(new Set(passes[0]?.map((slice) => slice.bucket)).size).toBe(widths.filter(Boolean).length)
      for (const slices of passes) plan.cover(slices)
      const inOrder = passes.flat().sort((a, b) => a.low - b.low)
      let next = 1
      for (const { low, high, bucket } of inOrder) {
        expect(low).toBe(next)
        expect(low).toBeGreaterThanOrEqual(edges[bucket] ?? Infinity)
        expect(high).toBeLessThan(edges[bucket + 1] ?? -Infinity)
        next = high + 1
      }
      expect(next).toBe(edges.at(-1))
      expect(plan.share).toBe(1)
      for (const bucket of widths.keys()) expect(plan.factor(bucket)).toBe(1)
    }),
  )
})
