import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import {
  BadFieldFilter,
  fieldAt,
  fieldFilterText,
  meetsFields,
  parseFieldFilter,
  readLogFields,
  type FieldCondition,
} from './log-fields.ts'

const meets = (message: string, filter: string) => {
  const fields = readLogFields(message)
  return fields !== null && meetsFields(fields, parseFieldFilter(filter))
}

describe('reading a line', () => {
  test('only a JSON object has fields', () => {
    expect(readLogFields(' {"a":1} \n')).toEqual({ a: 1 })
    for (const other of ['[1]', '{"a":1', 'a {"b":1}', '"x"', '', '{]}', 'null'])
      expect(readLogFields(other), other).toBeNull()
  })
  test('a path is a key, one with dots in it, or a way down', () => {
    const fields = { a: { b: [{ c: 1 }] }, 'a.b': 2, 'x.y': 3 }
    expect(fieldAt(fields, 'a.b')).toBe(2)
    expect(fieldAt(fields, 'a.b.0.c')).toBe(1)
    expect(fieldAt(fields, 'x.y')).toBe(3)
    expect(fieldAt(fields, 'x.z')).toBeUndefined()
    for (const inherited of ['toString', 'constructor.name', '__proto__', 'a.b.length.x'])
      expect(fieldAt(fields, inherited), inherited).toBeUndefined()
    expect(fieldAt(fields, 'a.a.a.a.a.a.a.a.a.a')).toBeUndefined()
  })
})

describe('conditions', () => {
  const line = '{"status":500,"ok":true,"none":null,"path":"/a b","req":{"id":"7"},"list":[1,2]}'
  test.each([
    ['status=500', true],
    ['status=50', false],
    ['status!=500', false],
    ['missing!=500', true],
    ['ok=true none=null', true],
    ['path="/a b"', true],
    ['req.id=7', true],
    ['list.1=2', true],
    ['list=[1,2]', true],
    ['none', true],
    ['missing', false],
    ['status=500 missing', false],
    ['', true],
  ])('%s: %s', (filter, expected) => expect(meets(line, filter)).toBe(expected))

  test.each([
    'a="b',
    '=b',
    '""=b',
    'a==b"',
    'a="b"c',
    Array.from({ length: 9 }, (_, at) => `f${at}=1`).join(' '),
  ])('%s is refused', (filter) => expect(() => parseFieldFilter(filter)).toThrow(BadFieldFilter))

  test('what is written out is read back', () => {
    const text = fc.string({ minLength: 1, maxLength: 20 })
    const condition: fc.Arbitrary<FieldCondition> = fc.oneof(
      fc.record({ path: text, operator: fc.constant('exists' as const) }),
      fc.record({
        path: text,
        operator: fc.constantFrom('is' as const, 'is-not' as const),
        value: fc.string({ maxLength: 20 }),
      }),
    )
    fc.assert(
      fc.property(fc.array(condition, { maxLength: 8 }), (conditions) => {
        expect(parseFieldFilter(fieldFilterText(conditions))).toEqual(conditions)
      }),
    )
  })
})
