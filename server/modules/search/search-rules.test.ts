import fc from 'fast-check'
import { expect, test } from 'vitest'
import { editDistance } from './edit-distance.ts'
import { findInDevice } from './search-match.rules.ts'
import { numbersNear, readSearch } from './search-query.rules.ts'
import type { Searchable } from './search-terms.rules.ts'

const letters = fc.string({
  unit: fc.constantFrom('a', 'b', 'c', 'd', 'e', 'f', 'g', 'h', 'i', 'j'),
  minLength: 6,
  maxLength: 12,
})
const device = (name: string): Searchable => ({
  uuid: 'f'.repeat(32),
  name,
  tags: {},
  addresses: [],
  macs: [],
  serial: null,
})

const swapAt = (word: string, at: number) =>
  word.slice(0, at) + word.charAt(at + 1) + word.charAt(at) + word.slice(at + 2)

test('a distance is the number of changes made, at most, and the same both ways', () => {
  fc.assert(
    fc.property(letters, fc.nat(20), fc.nat(20), (word, first, second) => {
      const at = first % (word.length - 1)
      expect(editDistance(word, swapAt(word, at), 2)).toBeLessThanOrEqual(1)
      const changed = word.slice(0, at) + 'z' + word.slice(at + 1)
      expect(editDistance(word, changed, 2)).toBe(1)
      const place = second % word.length
      const twice = changed.slice(0, place) + changed.slice(place + 1)
      const distance = editDistance(word, twice, 3)
      expect(distance).toBeLessThanOrEqual(2)
      expect(editDistance(twice, word, 3)).toBe(distance)
    }),
  )
  expect(editDistance('abc', 'abc', 2)).toBe(0)
  expect(editDistance('abcdef', 'uvwxyz', 2)).toBe(3)
})

test('a name of two words is meant with two letters wrong, whichever', () => {
  fc.assert(
    fc.property(letters, letters, fc.nat(30), fc.nat(30), (a, b, first, second) => {
      const name = `${a}-${b}`
      const wrong = Array.from(name)
      for (const at of [first % name.length, second % name.length]) if (wrong[at] !== '-') wrong[at] = 'z'
      const found = findInDevice(readSearch(wrong.join('')), device(name))
      expect(found).not.toBeNull()
      expect(found?.distance).toBeLessThanOrEqual(2)
    }),
  )
})

test('another name is not meant', () => {
  for (const [typed, name] of [
    ['lucid-fern', 'amber-lake'],
    ['pump', 'lamp'],
    ['cat', 'dog'],
    ['10.0.0.1', 'pump-10'],
    ['lucid fern', 'lucid'],
  ] as const)
    expect(findInDevice(readSearch(typed), device(name)), typed).toBeNull()
})

test('numbers near a number differ by one digit or a swap', () => {
  const near = numbersNear('0042')
  for (const other of ['0024', '042', '0043', '00412']) expect(near).toContain(other)
  expect(near).not.toContain('0042')
  expect(near).not.toContain('0420')
})
