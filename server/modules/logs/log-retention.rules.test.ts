import { expect, test } from 'vitest'
import { previewRetention } from './log-retention.rules.ts'

const HOUR_MS = 3_600_000
const now = Date.UTC(2026, 0, 10)
/** Ten whole hours up to now, the oldest first, each of 100 lines and 1,000 bytes. */
const hours = Array.from({ length: 10 }, (_, index) => ({
  atMs: now - (10 - index) * HOUR_MS,
  lines: 100,
  bytes: 1_000,
}))
const preview = (days: number, bytes: number | null) => previewRetention(hours, { days, bytes }, now)
const at = (hoursAgo: number) => new Date(now - hoursAgo * HOUR_MS).toISOString()

test('limits that hold everything delete nothing', () =>
  expect(preview(1, 10_000)).toEqual({ lines: 0, bytes: 0, oldestKeptAt: at(10) }))
test('age deletes what is older', () =>
  expect(preview(6 / 24, null)).toEqual({ lines: 400, bytes: 4_000, oldestKeptAt: at(6) }))
test('size deletes the oldest', () =>
  expect(preview(30, 2_500)).toEqual({ lines: 750, bytes: 7_500, oldestKeptAt: at(2.5) }))
test('whichever deletes more counts', () => {
  expect(preview(2 / 24, 5_000).lines).toBe(800)
  expect(preview(5 / 24, 2_000).lines).toBe(800)
})
test('a gap in the log is no reason to keep what does not fit', () =>
  expect(
    previewRetention([...hours.slice(0, 2), ...hours.slice(8)], { days: 30, bytes: 2_000 }, now),
  ).toEqual({
    lines: 200,
    bytes: 2_000,
    oldestKeptAt: at(2),
  }))
test('a fleet without lines', () =>
  expect(previewRetention([], { days: 1, bytes: 1 }, now)).toEqual({
    lines: 0,
    bytes: 0,
    oldestKeptAt: null,
  }))
