import fc from 'fast-check'
import {
  connectivities,
  deviceFilter,
  updateStates,
  type deviceSorts,
  type DeviceFilter,
} from '#contract/device'
import { healthStates } from '#contract/health'
import type { DeviceColumns } from '../modules/device-index/device-columns.ts'
import { facetParts, type FacetPart } from '../modules/device-index/facet-part.ts'
import type { IndexedDevice } from '../modules/device-index/indexed-device.ts'

/** The same answers by a plain look at all devices. */
export const naive = {
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
export const device = (id: number): fc.Arbitrary<IndexedDevice> =>
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
export const filter: fc.Arbitrary<DeviceFilter> = fc
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
export const changes = fc.array(
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

export function play(
  columns: DeviceColumns,
  known: Map<number, IndexedDevice>,
  played: readonly Change[],
): void {
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
