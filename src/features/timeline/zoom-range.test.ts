import fc from 'fast-check'
import { expect, test } from 'vitest'
import { between, minutesOf, panned, shareOf, zoomed } from './zoom-range'

const NOW = Date.parse('2026-01-01T12:00:00.000Z')
const HOUR = 3_600_000
const span = { fromMs: NOW - 4 * HOUR, toMs: NOW - 2 * HOUR }

test('what is under the pointer stays there while zooming', () => {
  const next = zoomed(span, 0.5, 0.25, NOW)
  expect(next).toEqual({ fromMs: NOW - 3.75 * HOUR, toMs: NOW - 2.75 * HOUR })
  expect(shareOf(span.fromMs + 0.5 * HOUR, next)).toBe(0.25)
})

test('a drag shows what lies between its ends, in either direction', () => {
  expect(between(span, 0.75, 0.25, NOW)).toEqual({ fromMs: NOW - 3.5 * HOUR, toMs: NOW - 2.5 * HOUR })
})

test('the future is not shown, and a span has a least and a greatest length', () => {
  const anySpan = fc
    .tuple(fc.integer({ min: 0, max: 1e9 }), fc.integer({ min: 10, max: 1e7 }))
    .map(([ago, seconds]) => ({ fromMs: NOW - ago - seconds * 1000, toMs: NOW - ago }))
  const share = fc.double({ min: 0, max: 1, noNaN: true })
  fc.assert(
    fc.property(anySpan, fc.double({ min: 0.001, max: 1000, noNaN: true }), share, (any, factor, at) => {
      for (const next of [
        zoomed(any, factor, at, NOW),
        panned(any, at * 4 - 2, NOW),
        between(any, at, factor, NOW),
      ]) {
        expect(next.toMs).toBeLessThanOrEqual(NOW)
        expect(next.toMs - next.fromMs).toBeGreaterThanOrEqual(10_000)
        expect(next.toMs - next.fromMs).toBeLessThanOrEqual(367 * 24 * HOUR)
      }
    }),
  )
})

test('a moment opens the logs of its minute, a span all of its minutes', () => {
  expect(minutesOf(NOW + 30_000, NOW + 30_000)).toEqual({ fromMs: NOW, toMs: NOW + 60_000 })
  expect(minutesOf(NOW + 30_000, NOW + 90_000)).toEqual({ fromMs: NOW, toMs: NOW + 120_000 })
})
