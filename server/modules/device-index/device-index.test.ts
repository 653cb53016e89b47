import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { connectivities, deviceFilter, deviceSorts, updateStates, type DeviceFilter } from '#contract/device'
import { healthStates } from '#contract/health'
import { DeviceColumns } from './device-columns.ts'
import { facetsOf } from './device-facets.ts'
import { matchingSlots } from './device-match.ts'
import { edgeOf, pageOf, type PageEdge } from './device-page.ts'
import { facetParts, type FacetPart } from './facet-part.ts'
import { fleetCountsOf } from './fleet-counts.ts'
import type { IndexedDevice } from './indexed-device.ts'
import { RecentEvents } from './recent-events.ts'

/** The same answers by a plain look at all devices. */
const naive = {
  tags: (device: IndexedDevice) => Object.entries(device.tags).map(([key, value]) => `${key}:${value}`),
  codes: (device: IndexedDevice) => [...new Set(device.reasons.map((reason) => reason.code))],
  values(device: IndexedDevice, part: FacetPart): string[] {
    switch (part) {
      case 'reason':
        return naive.codes(device)
      case 'tag':
        return naive.tags(device)
      case 'release':
        return [device.releaseId === null ? 'none' : String(device.releaseId)]
      case 'os':
        return device.osVersion === null ? [] : [device.osVersion]
      case 'update':
        return [device.updateState]
      case 'pinned':
        return [String(device.isPinned)]
      default:
        return [device[part]]
    }
  },
  passes(device: IndexedDevice, filter: DeviceFilter, without?: FacetPart): boolean {
    const text = filter.q.trim().toLowerCase()
    const inside = [device.name, device.macAddress ?? '', ...Object.values(device.tags)]
    const starts = [device.uuid, device.ipAddress ?? '', device.cpuId ?? '']
    const isPart = (part: FacetPart) => {
      const wanted =
        part === 'pinned' ? (filter.pinned === undefined ? [] : [String(filter.pinned)]) : filter[part]
      if (wanted.length === 0 || part === without) return true
      const own = naive.values(device, part)
      const keys = part === 'tag' ? Object.keys(device.tags) : []
      return wanted.some((value) => own.some((other) => other === value) || keys.includes(value))
    }
    return (
      (filter.fleetId === undefined || device.fleetId === filter.fleetId) &&
      facetParts.every(isPart) &&
      (text === '' ||
        inside.some((value) => value.toLowerCase().includes(text)) ||
        starts.some((value) => value.toLowerCase().startsWith(text)))
    )
  },
  key(device: IndexedDevice, sort: (typeof deviceSorts)[number]): string | number {
    const ratio = (used: number | null, total: number | null) =>
      used === null || total === null || total === 0 ? -1 : used / total
    return {
      trouble: healthStates.indexOf(device.health),
      name: 0,
      lastSeen: device.lastSeenAtMs ?? 0,
      release: device.releaseId ?? 0,
      os: device.osVersion ?? '',
      type: device.deviceType,
      cpu: device.cpuPercent ?? -1,
      temperature: device.cpuTemperatureC ?? -1000,
      memory: ratio(device.memoryUsedMib, device.memoryTotalMib),
      storage: ratio(device.storageUsedMib, device.storageTotalMib),
    }[sort]
  },
  sorted(devices: IndexedDevice[], sort: (typeof deviceSorts)[number], direction: 'asc' | 'desc'): number[] {
    const order = (a: string | number, b: string | number) => (a < b ? -1 : a > b ? 1 : 0)
    const sign = direction === 'asc' ? 1 : -1
    return devices
      .sort(
        (a, b) =>
          sign *
          (order(naive.key(a, sort), naive.key(b, sort)) || order(a.name, b.name) || order(a.id, b.id)),
      )
      .map((device) => device.id)
  },
}

const word = fc.constantFrom('pump', 'Pump 2', 'gate', '100%_done', 'ÄÖ ü', 'hall-7', '')
const figure = fc.option(fc.integer({ min: 0, max: 4 }))
const device = (id: number): fc.Arbitrary<IndexedDevice> =>
  fc.record({
    id: fc.constant(id),
    uuid: fc.constantFrom('00af', '00b1', 'c0ffee').map((start) => `${start}${String(id)}`),
    name: word,
    fleetId: fc.integer({ min: 1, max: 3 }),
    deviceType: fc.constantFrom('pi', 'nuc', 'jetson'),
    connectivity: fc.constantFrom(...connectivities),
    health: fc.constantFrom(...healthStates),
    reasons: fc.array(
      fc.record({
        code: fc.constantFrom('offline', 'cpu-temperature', 'service-crash-loop'),
        severity: fc.constantFrom('attention', 'critical'),
      }),
      { maxLength: 3 },
    ),
    releaseId: fc.option(fc.integer({ min: 1, max: 3 })),
    isPinned: fc.boolean(),
    updateState: fc.constantFrom(...updateStates),
    osVersion: fc.option(fc.constantFrom('6.4.0', '6.5.3')),
    tags: fc.dictionary(fc.constantFrom('site', 'rack', 'owner'), word),
    ipAddress: fc.option(fc.constantFrom('10.0.1.7', '10.0.12.7', 'FD00::1')),
    macAddress: fc.option(fc.constantFrom('DC:A6:32:01:02:03', 'DC:A6:32:FF:02:03')),
    cpuId: fc.option(fc.constantFrom('1000000abc', '1000000ABD')),
    lastSeenAtMs: fc.option(fc.integer({ min: 1, max: 5 })),
    cpuPercent: figure,
    cpuTemperatureC: figure,
    memoryUsedMib: figure,
    memoryTotalMib: figure,
    storageUsedMib: figure,
    storageTotalMib: figure,
  })

const some = <T>(values: readonly T[]) =>
  fc.oneof({ weight: 3, arbitrary: fc.constant([]) }, fc.subarray([...values]))
const filter: fc.Arbitrary<DeviceFilter> = fc
  .record({
    fleetId: fc.option(fc.integer({ min: 1, max: 4 }), { nil: undefined }),
    q: fc.oneof(
      { weight: 3, arbitrary: fc.constant('') },
      fc.constantFrom(
        'p',
        'um',
        'PUMP',
        '00',
        '00af',
        'hall-7',
        '10.0.1',
        'fd00',
        '1000000ab',
        ':01:',
        '%',
        'üx',
        '0',
      ),
    ),
    health: some(healthStates),
    connectivity: some(connectivities),
    reason: some(['offline', 'cpu-temperature', 'clock-skew'] as const),
    deviceType: some(['pi', 'nuc', 'none such']),
    release: some(['1', '2', 'none', 'x']),
    os: some(['6.4.0', '6.5.3', '1.0.0']),
    update: some(updateStates),
    tag: some(['site', 'site:pump', 'rack:ÄÖ ü', 'owner:', 'none:such']),
    pinned: fc.option(fc.boolean(), { nil: undefined }),
  })
  .map((made) =>
    deviceFilter.parse(Object.fromEntries(Object.entries(made).filter(([, value]) => value !== undefined))),
  )

type Change = { kind: 'put'; device: IndexedDevice } | { kind: 'remove'; id: number }
const changes = fc.array(
  fc
    .integer({ min: 1, max: 40 })
    .chain((id): fc.Arbitrary<Change> =>
      fc.oneof(
        { weight: 5, arbitrary: device(id).map((made) => ({ kind: 'put' as const, device: made })) },
        fc.constant({ kind: 'remove' as const, id }),
      ),
    ),
  { maxLength: 90 },
)

function play(columns: DeviceColumns, known: Map<number, IndexedDevice>, played: readonly Change[]): void {
  for (const change of played) {
    if (change.kind === 'put') {
      columns.put(change.device)
      known.set(change.device.id, change.device)
    } else {
      columns.remove(change.id)
      known.delete(change.id)
    }
  }
}

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
              const slots = matchingSlots(columns, asked, { isPassing: true })
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
          const all = deviceFilter.parse({})
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
        const facets = facetsOf(columns, asked)
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
    expect(facetsOf(columns, deviceFilter.parse({})).tag).toEqual([{ value: 'clock:999', count: 1 }])
  })
})
