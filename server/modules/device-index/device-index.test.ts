import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { connectivities, deviceFilter, deviceSorts } from '#contract/device'
import { healthStates } from '#contract/health'
import { changes, device, filter, naive, play } from '../../testing/naive-devices.ts'
import { DeviceColumns } from './device-columns.ts'
import { facetsOf } from './device-facets.ts'
import { matchingSlots } from './device-match.ts'
import { edgeOf, pageOf, type PageEdge } from './device-page.ts'
import { slotAtPlace } from './device-place.ts'
import { facetParts } from './facet-part.ts'
import { fleetCountsOf } from './fleet-counts.ts'
import type { IndexedDevice } from './indexed-device.ts'
import { RecentEvents } from './recent-events.ts'

describe('the index of devices', () => {
  test('pages hold what a look at all devices finds, in its order, whatever changed before and between', () => {
    fc.assert(
      fc.property(
        fc.array(changes, { minLength: 1, maxLength: 3 }),
        filter,
        fc.constantFrom(...deviceSorts),
        fc.constantFrom('asc' as const, 'desc' as const),
        fc.integer({ min: 1, max: 7 }),
        (rounds, asked, sort, direction, limit) => {
          const columns = new DeviceColumns()
          const known = new Map<number, IndexedDevice>()
          for (const round of rounds) {
            play(columns, known, round)
            const expected = naive.sorted(
              [...known.values()].filter((one) => naive.passes(one, asked)),
              sort,
              direction,
            )
            const found: number[] = []
            let after: PageEdge | null = null
            do {
              const slots = matchingSlots(columns, { ...asked, within: 'all' }, { isPassing: true })
              expect(slots.length).toBe(expected.length)
              const page = pageOf(columns, slots, { sort, direction }, after, limit)
              found.push(...page.map((slot) => columns.ids[slot] ?? 0))
              const last = page.at(-1)
              after =
                last === undefined
                  ? null
                  : (JSON.parse(JSON.stringify(edgeOf(columns, sort, last))) as PageEdge)
            } while (after !== null && found.length <= expected.length)
            expect(found).toEqual(expected)
          }
        },
      ),
      { numRuns: 400 },
    )
  })

  test('a place of a list is where a look at all devices finds it', () => {
    fc.assert(
      fc.property(
        changes,
        filter,
        fc.constantFrom(...deviceSorts),
        fc.constantFrom('asc' as const, 'desc' as const),
        (played, asked, sort, direction) => {
          const columns = new DeviceColumns()
          const known = new Map<number, IndexedDevice>()
          play(columns, known, played)
          const passing = [...known.values()].filter((one) => naive.passes(one, asked))
          const expected = naive.sorted(passing, sort, direction)
          const slots = matchingSlots(columns, { ...asked, within: 'all' }, { isPassing: true })
          const found = expected.map(
            (_id, place) => columns.ids[slotAtPlace(columns, slots, { sort, direction }, place) ?? -1],
          )
          expect(found).toEqual(expected)
          expect(slotAtPlace(columns, slots, { sort, direction }, expected.length)).toBeUndefined()
        },
      ),
      { numRuns: 300 },
    )
  })

  test('a page follows an edge whose device has changed, moved or gone meanwhile', () => {
    fc.assert(
      fc.property(
        changes,
        changes,
        fc.constantFrom(...deviceSorts),
        fc.constantFrom('asc' as const, 'desc' as const),
        (before, between, sort, direction) => {
          const columns = new DeviceColumns()
          const known = new Map<number, IndexedDevice>()
          play(columns, known, before)
          const all = { ...deviceFilter.parse({}), within: 'all' as const }
          const [edgeSlot] = pageOf(columns, matchingSlots(columns, all), { sort, direction }, null, 1)
          if (edgeSlot === undefined) return
          const edge = edgeOf(columns, sort, edgeSlot)
          const atEdge = known.get(edge.id)
          if (!atEdge) throw new Error('the edge is no device')
          play(columns, known, between)
          const found = pageOf(columns, matchingSlots(columns, all), { sort, direction }, edge, 100)
          // The device as it was stands where it stood; what is behind it is the next page.
          const rest = [...known.values()].filter((one) => one.id !== edge.id)
          const now = known.get(edge.id)
          const order = naive.sorted([...rest, atEdge], sort, direction)
          const behind = new Set(order.slice(order.indexOf(edge.id) + 1))
          const moved = now ? naive.sorted([now, { ...atEdge, id: edge.id }], sort, direction) : []
          const ids = found.map((slot) => columns.ids[slot] ?? 0)
          expect(ids.filter((id) => id !== edge.id)).toEqual(order.filter((id) => behind.has(id)))
          if (moved.length === 0) expect(ids).not.toContain(edge.id)
        },
      ),
      { numRuns: 300 },
    )
  })

  test('facets count what a look at all devices counts', () => {
    fc.assert(
      fc.property(changes, filter, (played, asked) => {
        const columns = new DeviceColumns()
        const known = new Map<number, IndexedDevice>()
        play(columns, known, played)
        const facets = facetsOf(columns, { ...asked, within: 'all' })
        for (const part of facetParts) {
          const counts = new Map<string, number>()
          for (const one of known.values())
            if (naive.passes(one, asked, part))
              for (const value of naive.values(one, part)) counts.set(value, (counts.get(value) ?? 0) + 1)
          const expected = [...counts]
            .map(([value, count]) => ({ value, count }))
            .sort((a, b) => b.count - a.count || (a.value < b.value ? -1 : 1))
          expect(facets[part], part).toEqual(expected)
        }
      }),
      { numRuns: 400 },
    )
  })

  test('what is kept of a fleet is what counting its devices gives', () => {
    fc.assert(
      fc.property(changes, fc.integer({ min: 1, max: 4 }), (played, fleetId) => {
        const columns = new DeviceColumns()
        const known = new Map<number, IndexedDevice>()
        play(columns, known, played)
        const counts = fleetCountsOf({ columns, events: new RecentEvents() }, fleetId, 0)
        const own = [...known.values()].filter((one) => one.fleetId === fleetId)
        const having = (passes: (one: IndexedDevice) => boolean) => own.filter(passes).length
        expect(counts.total).toBe(own.length)
        for (const state of connectivities)
          expect(counts[state]).toBe(having((one) => one.connectivity === state))
        for (const state of healthStates) expect(counts[state]).toBe(having((one) => one.health === state))
        expect(counts.updating).toBe(
          having((one) => ['downloading', 'downloaded', 'applying'].includes(one.updateState)),
        )
        for (const { code, count, severity } of counts.reasons) {
          expect(count).toBe(having((one) => naive.codes(one).includes(code)))
          const severities = own.flatMap((one) => one.reasons.filter((reason) => reason.code === code))
          expect(severity).toBe(severities.map((reason) => reason.severity).sort()[0])
        }
        for (const { id, count } of counts.releases) expect(count).toBe(having((one) => one.releaseId === id))
      }),
      { numRuns: 200 },
    )
  })

  test('values that no device has any more make room for others', () => {
    const columns = new DeviceColumns()
    const one = fc.sample(device(1), 1)[0]!
    for (let turn = 0; turn < 1000; turn++) columns.put({ ...one, tags: { clock: String(turn) } })
    expect(columns.dictionaries.tag.size).toBeLessThan(5)
    expect(facetsOf(columns, { ...deviceFilter.parse({}), within: 'all' }).tag).toEqual([
      { value: 'clock:999', count: 1 },
    ])
  })
})
