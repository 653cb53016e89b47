import { z } from 'zod'
import { deviceFilter, deviceSorts, type DeviceFilter } from '#contract/device'
import { commaList } from '#contract/query'

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

/** What a device list shows, held in the URL under the names of the API. */
export const deviceListSearch = deviceFilter.omit({ fleetId: true }).extend({
  fleetId: z.coerce.number().int().positive().optional(),
  sort: z.enum(deviceSorts).default('trouble'),
  direction: z.enum(['asc', 'desc']).default('asc'),
  columns: commaList(z.enum(deviceColumns)).transform((chosen) =>
    chosen.length === 0 ? defaultColumns : chosen,
  ),
})
export type DeviceListSearch = z.output<typeof deviceListSearch>

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
