import fc from 'fast-check'
import { expect, test } from 'vitest'
import { aFleet } from '@/testing/builders'
import { calmOrder, countTroubles, selectFleets, type FleetListSearch } from './fleet-list-view'

const everything: FleetListSearch = { q: '', with: [], sort: 'trouble' }
const ok = { critical: 0, attention: 0, unknown: 0, ok: 40 }
const fleets = [
  aFleet({ id: 1, name: 'Alpha lights' }),
  aFleet({ id: 2, name: 'Beta doors', health: { ...ok, attention: 3 } }),
  aFleet({ id: 3, name: 'Gamma doors', health: { ...ok, critical: 1 } }),
  aFleet({
    id: 4,
    name: 'Delta doors',
    devices: { ...aFleet().devices, total: 90, offline: 2, updating: 5 },
  }),
]
const idsOf = (search: Partial<FleetListSearch>) =>
  selectFleets(fleets, { ...everything, ...search }).map((fleet) => fleet.id)

test('most trouble comes first: critical, attention, offline, then the name', () => {
  expect(idsOf({})).toEqual([3, 2, 4, 1])
  expect(idsOf({ sort: 'name' })).toEqual([1, 2, 4, 3])
  expect(idsOf({ sort: 'devices' })).toEqual([4, 1, 2, 3])
})

test('search and filter narrow it together', () => {
  expect(idsOf({ q: ' DOORS ' })).toEqual([3, 2, 4])
  expect(idsOf({ q: 'doors', with: ['offline', 'critical'] })).toEqual([3, 4])
  expect(idsOf({ with: ['rollout'] })).toEqual([])
})

test('each filter says how many of the fleets found by name it would show', () => {
  expect(countTroubles(fleets, 'doors')).toEqual({
    critical: 1,
    attention: 1,
    offline: 1,
    updating: 1,
    rollout: 0,
  })
  expect(countTroubles(fleets, 'gamma')).toMatchObject({ critical: 1, attention: 0 })
})

test('what is held on screen stays in place; it shows exactly what is wanted', () => {
  const ids = fc.uniqueArray(fc.nat(20), { maxLength: 10 })
  fc.assert(
    fc.property(ids, ids, (held, wanted) => {
      const order = calmOrder(held, wanted)
      expect([...order].sort()).toEqual([...wanted].sort())
      const kept = held.filter((id) => wanted.includes(id))
      expect(order.slice(0, kept.length)).toEqual(kept)
      expect(calmOrder(null, wanted)).toEqual(wanted)
    }),
  )
})
