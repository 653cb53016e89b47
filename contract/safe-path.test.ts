import fc from 'fast-check'
import { expect, test } from 'vitest'
import { safePath } from './safe-path.ts'

const ORIGIN = 'https://wheelhouse.example'

test.each([
  ['/devices?q=a#b', '/devices?q=a#b'],
  ['/', '/'],
  [null, '/fleets'],
  ['', '/fleets'],
  ['devices', '/fleets'],
  ['https://elsewhere.invalid/', '/fleets'],
  ['//elsewhere.invalid/', '/fleets'],
  ['/\\elsewhere.invalid/', '/fleets'],
  ['/\t/elsewhere.invalid/', '/fleets'],
  ['/.//elsewhere.invalid/', '/fleets'],
  ['javascript:alert(1)', '/fleets'],
])('%j leads to %s', (next, path) => {
  expect(safePath(next, ORIGIN)).toBe(path)
})

test('whatever is asked for stays at the own address, also when it is asked for again', () => {
  const pieces = fc.constantFrom(
    '/',
    '\\',
    '\t',
    '.',
    '..',
    '@',
    ':',
    'https:',
    'elsewhere.invalid',
    '?',
    '#',
    'a',
  )
  fc.assert(
    fc.property(fc.array(pieces, { maxLength: 12 }), (parts) => {
      const path = safePath(`/${parts.join('')}`, ORIGIN)
      expect(new URL(path, ORIGIN).origin).toBe(ORIGIN)
      expect(safePath(path, ORIGIN)).toBe(path)
    }),
  )
})
