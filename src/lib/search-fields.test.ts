import fc from 'fast-check'
import { expect, test } from 'vitest'
import { z } from 'zod'
import { commaList } from '#contract/query'
import { oneOf, searchFields, someOf, text } from './search-fields'
import { changeSearch, parseSearch } from './search-state'

const words = ['critical', 'attention', 'ok'] as const
const fields = searchFields({ q: text(), with: someOf(words), sort: oneOf(['trouble', 'name'], 'trouble') })
const schema = z.object({
  q: z.string().default(''),
  with: commaList(z.enum(words)),
  sort: z.enum(['trouble', 'name']).default('trouble'),
})
const address = fc.record(
  {
    q: fc.string(),
    with: fc.oneof(
      fc.array(fc.constantFrom(...words, 'sad', '')).map((list) => list.join(',')),
      fc.string(),
    ),
    sort: fc.constantFrom('trouble', 'name', 'upwards', '', 'toString'),
    other: fc.string(),
  },
  { requiredKeys: [] },
)

test('it reads every address as a zod object would', () => {
  fc.assert(
    fc.property(address, (own) => {
      const params = new URLSearchParams(own)
      expect(parseSearch(fields, params)).toEqual(parseSearch(schema, params))
    }),
  )
})

test('it writes every change as a zod object would', () => {
  const change = fc.record(
    {
      q: fc.string(),
      with: fc.subarray([...words]),
      sort: fc.constantFrom('trouble' as const, 'name' as const),
    },
    { requiredKeys: [] },
  )
  fc.assert(
    fc.property(address, change, (own, wanted) => {
      const params = new URLSearchParams(own)
      expect(changeSearch(fields, params, wanted).toString()).toBe(
        changeSearch(schema, params, wanted).toString(),
      )
    }),
  )
})
