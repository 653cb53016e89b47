import type { DeviceFilter } from '#contract/device'
import { connectivities, deviceSorts, FIRST_DEVICES, updateStates } from '#contract/device-states'
import { healthCodes, healthStates } from '#contract/health-states'
import { flag, number, oneOf, searchFields, someOf, text, texts } from '@/lib/search-fields'

export const deviceColumns = [
  'fleet',
  'connectivity',
  'reasons',
  'update',
  'release',
  'os',
  'type',
  'cpu',
  'temperature',
  'memory',
  'storage',
  'ip',
  'tags',
  'lastSeen',
] as const
export type DeviceColumn = (typeof deviceColumns)[number]
const defaultColumns: DeviceColumn[] = ['fleet', 'connectivity', 'reasons', 'update', 'release', 'lastSeen']

const chosenColumns = someOf(deviceColumns)

/** What a device list shows, held in the URL under the names of the API; `deviceFilter` of the contract without zod. */
export const deviceListSearch = searchFields({
  fleetId: number(),
  q: text({ max: 200 }),
  health: someOf(healthStates),
  connectivity: someOf(connectivities),
  reason: someOf(healthCodes),
  deviceType: texts(100),
  release: texts(20),
  os: texts(100),
  update: someOf(updateStates),
  tag: texts(300),
  pinned: flag(),
  sort: oneOf(deviceSorts, FIRST_DEVICES.sort),
  direction: oneOf(['asc', 'desc'], FIRST_DEVICES.direction),
  columns: {
    fallback: defaultColumns,
    read: (chosen) => {
      const found = chosenColumns.read(chosen)
      return found?.length === 0 ? defaultColumns : found
    },
  },
})
export type DeviceListSearch = ReturnType<typeof deviceListSearch.parse>

/** The part of the URL state that says which devices; the rest says how they are shown. */
export function filterOf(search: DeviceListSearch, fleetId?: number): DeviceFilter {
  const { sort: _sort, direction: _direction, columns: _columns, ...filter } = search
  const fleet = fleetId ?? filter.fleetId
  const { fleetId: _fleetId, pinned, ...rest } = filter
  return {
    ...rest,
    ...(fleet === undefined ? {} : { fleetId: fleet }),
    ...(pinned === undefined ? {} : { pinned }),
  }
}

/** How many of the filters are set, the search among them; on a fleet's own page the fleet is none. */
export function countFilters(search: DeviceListSearch, isOfFleet: boolean): number {
  const lists = [
    search.health,
    search.connectivity,
    search.reason,
    search.deviceType,
    search.release,
    search.os,
    search.update,
    search.tag,
  ]
  return (
    lists.filter((list) => list.length > 0).length +
    (search.q === '' ? 0 : 1) +
    (search.pinned === undefined ? 0 : 1) +
    (isOfFleet || search.fleetId === undefined ? 0 : 1)
  )
}

export const noFilters = {
  q: '',
  health: [],
  connectivity: [],
  reason: [],
  deviceType: [],
  release: [],
  os: [],
  update: [],
  tag: [],
  pinned: undefined,
} satisfies Partial<DeviceListSearch>
