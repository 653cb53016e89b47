import fc from 'fast-check'
import { expect, test } from 'vitest'
import { z } from 'zod'
import { connectivities, deviceFilter, deviceSorts, updateStates } from '#contract/device'
import { healthCodes, healthStates } from '#contract/health'
import { commaList } from '#contract/query'
import { changeSearch, parseSearch } from '@/lib/search-state'
import { countFilters, deviceColumns, deviceListSearch, filterOf, noFilters } from './device-list-search'

const read = (query: string) => parseSearch(deviceListSearch, new URLSearchParams(query))

test('the filters of the URL go to the gateway, the looks do not', () => {
  const filter = filterOf(
    read('q=door&health=critical,attention&pinned=true&sort=cpu&direction=desc&columns=ip'),
  )
  expect(filter).toMatchObject({ q: 'door', health: ['critical', 'attention'], pinned: true })
  expect(Object.keys(filter)).not.toContain('sort')
  expect(Object.keys(filter)).not.toContain('columns')
})

test('on a page of a fleet the fleet of the page counts, whatever the URL says', () => {
  expect(filterOf(read('fleetId=9'), 4).fleetId).toBe(4)
  expect(countFilters(read('fleetId=9'), true)).toBe(0)
  expect(countFilters(read('fleetId=9&q=a&tag=site'), false)).toBe(3)
})

test('a word the page does not know leaves out that filter and keeps the others', () => {
  const search = read('health=sad&q=door')
  expect(search.health).toEqual([])
  expect(search.q).toBe('door')
})

test('clearing leaves order and columns', () => {
  const before = new URLSearchParams('q=a&health=critical&pinned=false&sort=name&columns=ip')
  expect(changeSearch(deviceListSearch, before, noFilters).toString()).toBe('sort=name&columns=ip')
})

const listOf = (words: readonly string[]) =>
  fc.oneof(
    fc.array(fc.constantFrom(...words, 'sad', ''), { maxLength: 4 }).map((list) => list.join(',')),
    fc.string(),
    fc.string({ minLength: 95, maxLength: 310 }),
    fc.constant(Array.from({ length: 201 }, () => words[0] ?? '').join(',')),
  )
const address = fc.record(
  {
    fleetId: fc.oneof(
      fc.integer().map(String),
      fc.constantFrom('', '1.5', ' 7', '0x10', '1e400'),
      fc.string(),
    ),
    q: fc.oneof(fc.string(), fc.string({ minLength: 198, maxLength: 202 })),
    health: listOf(healthStates),
    connectivity: listOf(connectivities),
    reason: listOf(healthCodes),
    deviceType: listOf(['intel-nuc']),
    release: listOf(['1', 'none']),
    os: listOf(['6.5.3']),
    update: listOf(updateStates),
    tag: listOf(['site:hamburg']),
    pinned: fc.constantFrom('true', '1', 'false', '0', '', 'yes'),
    sort: fc.constantFrom(...deviceSorts, '', 'toString'),
    direction: fc.constantFrom('asc', 'desc', 'up'),
    columns: listOf(deviceColumns),
  },
  { requiredKeys: [] },
)

test('an address is read as the filter of the contract would read it', () => {
  const { fleetId: _fleetId, ...filter } = deviceFilter.shape
  const asContract = z.object({
    ...filter,
    fleetId: z.coerce.number().int().positive().optional(),
    sort: z.enum(deviceSorts).default('trouble'),
    direction: z.enum(['asc', 'desc']).default('asc'),
    columns: commaList(z.enum(deviceColumns)).transform((chosen) =>
      chosen.length === 0 ? read('').columns : chosen,
    ),
  })
  fc.assert(
    fc.property(address, (own) => {
      const params = new URLSearchParams(own)
      expect(parseSearch(deviceListSearch, params)).toEqual(parseSearch(asContract, params))
    }),
  )
})
