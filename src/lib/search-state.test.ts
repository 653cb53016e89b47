import fc from 'fast-check'
import { expect, test } from 'vitest'
import { z } from 'zod'
import { commaList, queryBoolean } from '#contract/query'
import { changeSearch, parseSearch } from './search-state'

const words = ['critical', 'attention', 'ok'] as const
const schema = z.object({
  q: z.string().default(''),
  health: commaList(z.enum(words)),
  sort: z.enum(['trouble', 'name']).default('trouble'),
  page: z.coerce.number().int().min(1).default(1),
  pinned: queryBoolean.optional(),
})
const parse = (text: string) => parseSearch(schema, new URLSearchParams(text))

test('without parameters everything is at its default', () => {
  expect(parse('')).toEqual({ q: '', health: [], sort: 'trouble', page: 1 })
})

test('parameters are read by the schema', () => {
  expect(parse('q=door&health=critical,ok&sort=name&page=3&pinned=false')).toEqual({
    q: 'door',
    health: ['critical', 'ok'],
    sort: 'name',
    page: 3,
    pinned: false,
  })
})

test('what a hand-edited address says wrongly is left out, the rest holds', () => {
  expect(parse('health=critical,sad&sort=upwards&page=-4&pinned=perhaps&q=door')).toEqual({
    q: 'door',
    health: [],
    sort: 'trouble',
    page: 1,
  })
})

test('no address breaks the page', () => {
  const anything = fc.dictionary(
    fc.constantFrom('q', 'health', 'sort', 'page', 'pinned', 'other'),
    fc.string(),
  )
  fc.assert(
    fc.property(anything, (own) => {
      expect(() => parseSearch(schema, new URLSearchParams(own))).not.toThrow()
    }),
  )
})

test('defaults are not written, and the parameters of others stay', () => {
  const params = new URLSearchParams('q=door&sort=name&tab=logs')
  expect(changeSearch(schema, params, { sort: 'trouble', page: 1 }).toString()).toBe('q=door&tab=logs')
  expect(changeSearch(schema, params, { q: '' }).toString()).toBe('sort=name&tab=logs')
  expect(params.toString()).toBe('q=door&sort=name&tab=logs')
})

test('every state survives the way through an address', () => {
  const state = fc.record({
    q: fc.string(),
    health: fc.subarray([...words]),
    sort: fc.constantFrom('trouble' as const, 'name' as const),
    page: fc.integer({ min: 1, max: 1000 }),
    pinned: fc.option(fc.boolean(), { nil: undefined }),
  })
  fc.assert(
    fc.property(state, (wanted) => {
      const address = changeSearch(
        schema,
        new URLSearchParams('page=7&pinned=true&health=ok'),
        wanted,
      ).toString()
      const { pinned, ...rest } = wanted
      expect(parse(address)).toEqual(pinned === undefined ? rest : { ...rest, pinned })
    }),
  )
})
