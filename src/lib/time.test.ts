import { expect, test } from 'vitest'
import { formatDuration, formatRelative } from './time'

const SECOND = 1000
const MINUTE = 60 * SECOND
const HOUR = 60 * MINUTE
const DAY = 24 * HOUR

test.each([
  [-5, '0 s'],
  [8 * SECOND, '8 s'],
  [59.9 * SECOND, '59 s'],
  [MINUTE, '1 min'],
  [59 * MINUTE + 59 * SECOND, '59 min'],
  [HOUR, '1 h'],
  [3 * HOUR + 4 * MINUTE, '3 h 4 min'],
  [DAY, '1 d'],
  [3 * DAY + 4 * HOUR + 50 * MINUTE, '3 d 4 h'],
])('%d ms last %s', (ms, text) => expect(formatDuration(ms)).toBe(text))

test('an instant is told relative to now, both ways', () => {
  const now = Date.parse('2026-01-15T12:00:00Z')
  expect(formatRelative(now - 2 * SECOND, now)).toBe('just now')
  expect(formatRelative(now + 2 * SECOND, now)).toBe('just now')
  expect(formatRelative('2026-01-15T11:59:52Z', now)).toBe('8 s ago')
  expect(formatRelative(new Date(now - 3 * HOUR), now)).toBe('3 h ago')
  expect(formatRelative(now + 5 * MINUTE, now)).toBe('in 5 min')
})
