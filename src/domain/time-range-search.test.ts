import fc from 'fast-check'
import { expect, test } from 'vitest'
import { changeSearch, parseSearch } from '@/lib/search-state'
import {
  dayOrLess,
  fixedRange,
  freezeTimeRange,
  rangeInWords,
  rangeLengthMs,
  rangePresets,
  resolveTimeRange,
  timeRangeSearch,
} from './time-range-search'

const NOW = Date.parse('2026-01-01T12:00:00.000Z')
const HOUR = 3_600_000
const parse = (text: string) => parseSearch(timeRangeSearch, new URLSearchParams(text))

test('a range is a whole number of minutes, hours or days', () => {
  expect(rangeLengthMs('15m')).toBe(15 * 60_000)
  expect(rangeLengthMs('7d')).toBe(7 * 24 * HOUR)
  for (const wrong of ['', 'h', '0h', '1y', '-1h', '1.5h', '500d', '1h '])
    expect(rangeLengthMs(wrong)).toBeNull()
  expect(rangePresets.map(rangeLengthMs)).toEqual([0.25, 1, 6, 24, 168, 720].map((hours) => hours * HOUR))
  expect([rangeInWords('1h'), rangeInWords('24h')]).toEqual(['the last hour', 'the last 24 hours'])
})

test('what is known for less than a day is shown whole', () => {
  expect(
    [0, HOUR / 4, HOUR / 4 + 1, HOUR, HOUR + 1, 6 * HOUR, 6 * HOUR + 1, 900 * HOUR].map(dayOrLess),
  ).toEqual(['15m', '15m', '1h', '1h', '6h', '6h', '24h', '24h'])
})

test('without parameters the fallback counts, up to now', () => {
  expect(resolveTimeRange(parse(''), NOW, '6h')).toEqual({ fromMs: NOW - 6 * HOUR, toMs: NOW, isLive: true })
  expect(resolveTimeRange(parse('range=1h'), NOW, '6h').fromMs).toBe(NOW - HOUR)
})

test('what is fixed does not move; an open end does', () => {
  const from = '2026-01-01T08:00:00.000Z'
  const to = '2026-01-01T09:00:00.000Z'
  const fixed = { fromMs: Date.parse(from), toMs: Date.parse(to), isLive: false }
  expect(resolveTimeRange(parse(`from=${from}&to=${to}`), NOW, '1h')).toEqual(fixed)
  expect(resolveTimeRange(parse(`from=${to}&to=${from}&range=7d`), NOW, '1h')).toEqual(fixed)
  expect(resolveTimeRange(parse(`to=${to}`), NOW, '1h')).toEqual(fixed)
  expect(resolveTimeRange(parse(`from=${from}`), NOW, '1h')).toEqual({ ...fixed, toMs: NOW, isLive: true })
})

test('what is no moment or no range is left out', () => {
  expect(parse('from=yesterday&to=&range=soon')).toEqual({})
})

test('a frozen range shows at any later time what it showed when frozen', () => {
  const moment = fc.integer({ min: Date.parse('2020-01-01'), max: NOW })
  const search = fc.oneof(
    fc.constantFrom({}, { range: '1h' }, { range: '30d' }),
    fc.tuple(moment, moment).map(([from, to]) => fixedRange(from, to)),
    moment.map((from) => ({ from: new Date(from).toISOString() })),
  )
  fc.assert(
    fc.property(search, fc.integer({ min: 0, max: 1000 * HOUR }), (live, laterMs) => {
      const frozen = freezeTimeRange(live, NOW, '24h')
      const address = changeSearch(timeRangeSearch, new URLSearchParams('range=6h&tab=x'), frozen)
      expect(address.has('range')).toBe(false)
      const { fromMs, toMs } = resolveTimeRange(live, NOW, '24h')
      expect(resolveTimeRange(parse(address.toString()), NOW + laterMs, '1h')).toEqual({
        fromMs,
        toMs,
        isLive: false,
      })
    }),
  )
})
