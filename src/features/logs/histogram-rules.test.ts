import fc from 'fast-check'
import { expect, test } from 'vitest'
import { aHistogram } from '@/testing/log-builders'
import { bucketAt, countWords, coveredMs, spanToMs, widened, widthWords } from './histogram-rules'

const startMs = Date.parse('2026-01-01T12:00:00.000Z')

test('a place on the plot is one of its buckets', () => {
  expect([bucketAt(-0.1, 10), bucketAt(0, 10), bucketAt(0.55, 10), bucketAt(1, 10)]).toEqual([0, 0, 5, 9])
})

test('a selection begins with its first bucket and ends within its last, whichever way it was made', () => {
  const histogram = aHistogram([1, 2, 3, 4])
  expect(coveredMs(histogram)).toEqual({ startMs, endMs: startMs + 4 * 60_000 })
  const expected = { fromMs: startMs + 60_000, toMs: startMs + 3 * 60_000 - 1 }
  expect(spanToMs(histogram, { anchor: 1, focus: 2 })).toEqual(expected)
  expect(spanToMs(histogram, { anchor: 2, focus: 1 })).toEqual(expected)
})

test('zooming out triples the range, holds all of it, and does not reach into the future', () => {
  const moment = fc.integer({ min: 0, max: startMs })
  fc.assert(
    fc.property(moment, fc.integer({ min: 1000, max: 1e9 }), (fromMs, lengthMs) => {
      const toMs = Math.min(startMs, fromMs + lengthMs)
      fc.pre(toMs - fromMs >= 1000)
      const wide = widened(fromMs, toMs, startMs)
      expect(wide.fromMs).toBeLessThanOrEqual(fromMs)
      expect(wide.toMs).toBeGreaterThanOrEqual(toMs)
      expect(wide.toMs).toBeLessThanOrEqual(startMs)
      expect(Math.abs(wide.toMs - wide.fromMs - 3 * (toMs - fromMs))).toBeLessThanOrEqual(1)
    }),
  )
})

test('counts are told in words', () => {
  const histogram = aHistogram([3, 0])
  expect(countWords(histogram.buckets, false)).toBe('3 lines: 1 error, 2 info')
  expect(countWords(histogram.buckets.slice(1), true)).toBe('about 0 lines')
  expect([widthWords(60), widthWords(1), widthWords(86_400)]).toEqual([
    '1 bar = 1 min',
    '1 bar = 1 s',
    '1 bar = 1 d',
  ])
})
