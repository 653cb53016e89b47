import { keepPreviousData, queryOptions } from '@tanstack/react-query'
import type {
  BulkOperation,
  DeviceDetail,
  DeviceEvent,
  DeviceFilter,
  DevicePage,
  DeviceRow,
  DeviceSelection,
} from '#contract/device'
import { FIRST_DEVICES } from '#contract/device-states'
import type { TopicData } from '#contract/events'
import { callApi } from '@/lib/api'
import { liveQuery } from '@/live/live-query'
import type { DeviceListSearch } from './device-list-search'

/** Rows a call: a list is held in blocks of as many, by their place in it. */
export const BLOCK_ROWS = FIRST_DEVICES.limit
/** Blocks that were scrolled past are soon let go of: a list may have thousands. */
const PASSED_MS = 30_000
const KEPT_MS = 300_000
/** Older rows are asked for again when somebody comes to the list. */
const FRESH_MS = 5_000
const MAX_FRESH_EVENTS = 200

export const deviceKeys = {
  all: ['devices'] as const,
  list: (filter: DeviceFilter, sort: string, direction: string) =>
    ['devices', 'list', filter, sort, direction] as const,
  facets: (filter: DeviceFilter) => ['devices', 'facets', filter] as const,
  one: (uuid: string) => ['devices', 'one', uuid] as const,
  /** Apart from the others: what was previewed is not asked again when devices changed by it. */
  bulkPreview: (selection: DeviceSelection, operation: BulkOperation | null) =>
    ['bulk-preview', selection, operation] as const,
  part: (uuid: string, part: string) => ['devices', 'part', uuid, part] as const,
}

/** Rows newer than what is held take its place; where they stand in the list does not change. */
export function patchRows(
  page: DevicePage,
  changed: ReadonlyMap<string, DeviceRow>,
  total: number,
): DevicePage {
  const isHit = page.rows.some((row) => changed.has(row.uuid))
  if (!isHit) return page.total === total ? page : { ...page, total }
  const rows = page.rows.map((row) => {
    const next = changed.get(row.uuid)
    return next && next.revision >= row.revision ? next : row
  })
  return { ...page, total, rows }
}

export type DeviceSnapshot = {
  cursor: number
  device: DeviceDetail
  /** Deleted while it was looked at: what is shown is the last that was known. */
  isDeleted: boolean
  /** Events that came by the live connection since the snapshot, newest first. */
  freshEvents: DeviceEvent[]
  /** Grows whenever something happened to the device that leaves an event, such as an action that moved on. */
  eventVersion: number
}

/** Pure: the device as a patch says it is now, with the events the patch brought. */
export function applyDevicePatch(snapshot: DeviceSnapshot, data: TopicData['device']): DeviceSnapshot {
  if (data.device === null) return { ...snapshot, isDeleted: true }
  const known = new Map([...snapshot.freshEvents, ...data.events].map((event) => [event.id, event]))
  return {
    ...snapshot,
    device: data.device,
    freshEvents: [...known.values()].sort((a, b) => b.id - a.id).slice(0, MAX_FRESH_EVENTS),
    eventVersion: snapshot.eventVersion + (data.events.length > 0 ? 1 : 0),
  }
}

export const deviceQueries = {
  /** The rows of a list from `block * BLOCK_ROWS` on. */
  block: (
    filter: DeviceFilter,
    sort: DeviceListSearch['sort'],
    direction: DeviceListSearch['direction'],
    block: number,
  ) =>
    queryOptions({
      queryKey: [...deviceKeys.list(filter, sort, direction), block],
      queryFn: ({ signal }) =>
        callApi('listDevices', {
          query: {
            ...filter,
            sort,
            direction,
            limit: BLOCK_ROWS,
            ...(block === 0 ? {} : { offset: block * BLOCK_ROWS }),
          },
          signal,
        }),
      // What was asked for when the pointer came near is not asked again by the page.
      staleTime: FRESH_MS,
      gcTime: block === 0 ? KEPT_MS : PASSED_MS,
    }),
  facets: (filter: DeviceFilter) =>
    queryOptions({
      queryKey: deviceKeys.facets(filter),
      queryFn: ({ signal }) => callApi('getDeviceFacets', { query: filter, signal }),
      staleTime: 15_000,
      placeholderData: keepPreviousData,
    }),
  one: (uuid: string) =>
    liveQuery<'device', DeviceSnapshot>({
      topic: { kind: 'device', uuid },
      queryKey: deviceKeys.one(uuid),
      fetch: async (signal) => {
        const snapshot = await callApi('getDevice', { params: { uuid }, signal })
        return { ...snapshot, isDeleted: false, freshEvents: [], eventVersion: 0 }
      },
      apply: applyDevicePatch,
    }),
  variables: (uuid: string) =>
    queryOptions({
      queryKey: deviceKeys.part(uuid, 'variables'),
      queryFn: ({ signal }) => callApi('listDeviceVariables', { params: { uuid }, signal }),
    }),
  fleets: () =>
    queryOptions({
      queryKey: [...deviceKeys.all, 'fleets'],
      queryFn: ({ signal }) => callApi('listFleets', { signal }),
      staleTime: 60_000,
    }),
  /** Releases a device of this fleet can be pinned to, newest first. */
  releases: (fleetId: number) =>
    queryOptions({
      queryKey: [...deviceKeys.all, 'releases', fleetId],
      queryFn: ({ signal }) => callApi('listReleases', { query: { fleetId, limit: 200 }, signal }),
      staleTime: 30_000,
    }),
  bulkPreview: (selection: DeviceSelection, operation: BulkOperation | null) =>
    queryOptions({
      queryKey: deviceKeys.bulkPreview(selection, operation),
      queryFn: ({ signal }) =>
        operation === null
          ? Promise.reject(new Error('There is nothing to preview yet'))
          : callApi('bulkDevices', { body: { selection, operation, isPreview: true }, signal }),
      enabled: operation !== null,
      staleTime: 0,
      gcTime: 0,
    }),
}
