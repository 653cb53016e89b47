import { expect, test } from 'vitest'
import { changeSearch, parseSearch } from '@/lib/search-state'
import { countFilters, deviceListSearch, filterOf, noFilters } from './device-list-search'

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
