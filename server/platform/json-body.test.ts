import fc from 'fast-check'
import { expect, test } from 'vitest'
import { isDeeperThan } from './json-body.ts'

const depthOf = (value: unknown): number =>
  typeof value === 'object' && value !== null
    ? 1 + Math.max(0, ...Object.values(value).map((item) => depthOf(item)))
    : 0

test('the depth of JSON text is that of its value, whatever stands in its texts', () => {
  const json = fc.letrec((tie) => ({
    value: fc.oneof(
      { maxDepth: 6, withCrossShrink: true },
      fc.string({ unit: fc.constantFrom('[', ']', '{', '}', '"', '\\', 'a', '\n') }),
      fc.integer(),
      fc.array(tie('value'), { maxLength: 3 }),
      fc.dictionary(fc.constantFrom('[', '"', '\\', '}'), tie('value'), { maxKeys: 3 }),
    ),
  })).value
  fc.assert(
    fc.property(json, fc.constantFrom(0, 2), fc.integer({ min: 0, max: 8 }), (value, indent, max) => {
      // Padded, so that it is not let through for its length alone.
      const text = JSON.stringify([value], null, indent) + ' '.repeat(20)
      expect(isDeeperThan(text, max)).toBe(depthOf([value]) > max)
    }),
  )
})

test('a megabyte of brackets is looked at no further than the limit', () => {
  expect(isDeeperThan('['.repeat(1_000_000), 64)).toBe(true)
  expect(isDeeperThan('[]'.repeat(500_000), 64)).toBe(false)
  expect(isDeeperThan('', 0)).toBe(false)
})
