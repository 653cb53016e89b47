import fc from 'fast-check'
import { expect, test } from 'vitest'
import {
  formatBytes,
  formatCount,
  formatMib,
  formatNoun,
  formatSaving,
  formatShare,
  shortHash,
} from './format'

test('counts are grouped and nouns follow them', () => {
  expect(formatCount(12408)).toBe('12,408')
  expect(formatNoun(1, 'device')).toBe('1 device')
  expect(formatNoun(0, 'device')).toBe('0 devices')
  expect(formatNoun(2, 'entry', 'entries')).toBe('2 entries')
})

test.each([
  [0, '0 B'],
  [999, '999 B'],
  [1000, '1 kB'],
  [1449, '1.4 kB'],
  [999_499, '999 kB'],
  [999_500, '1 MB'],
  [12_400_000, '12.4 MB'],
  [250_000_000, '250 MB'],
  [3.2e9, '3.2 GB'],
])('%d bytes are %s', (bytes, text) => expect(formatBytes(bytes)).toBe(text))

test('a size never shows four digits before its unit', () => {
  fc.assert(
    fc.property(fc.double({ min: 0, max: 1e17, noNaN: true }), (bytes) => {
      expect(formatBytes(bytes)).toMatch(/^\d{1,3}(\.\d)? (B|kB|MB|GB|TB|PB)$/)
    }),
  )
})

test('memory counts in powers of 1024', () => {
  expect(formatMib(512)).toBe('512 MiB')
  expect(formatMib(1945.6)).toBe('1.9 GiB')
})

test('a share shows no false precision', () => {
  expect(formatShare(0, 0)).toBe('–')
  expect(formatShare(0, 10)).toBe('0 %')
  expect(formatShare(1, 1000)).toBe('<1 %')
  expect(formatShare(999, 1000)).toBe('>99 %')
  expect(formatShare(10, 10)).toBe('100 %')
  expect(formatShare(1, 3)).toBe('33 %')
})

test('what a delta saved is told as a factor, or as a share when it is small', () => {
  expect(formatSaving(10, 0)).toBe('–')
  expect(formatSaving(0, 100)).toBe('all saved')
  expect(formatSaving(10, 140)).toBe('14× less')
  expect(formatSaving(75, 100)).toBe('25 % saved')
})

test('a hash is cut to seven characters', () => expect(shortHash('0123456789abcdef')).toBe('0123456'))

test('whole numbers are grouped as the browser groups them', () => {
  const browser = new Intl.NumberFormat('en')
  fc.assert(fc.property(fc.maxSafeInteger(), (value) => formatCount(value) === browser.format(value)))
  fc.assert(fc.property(fc.integer(), (value) => formatCount(value / 8) === browser.format(value / 8)))
})
