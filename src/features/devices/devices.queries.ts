import {
  infiniteQueryOptions,
  keepPreviousData,
  queryOptions,
  type InfiniteData,
} from '@tanstack/react-query'
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

/** Whoever scrolls goes through rows faster than through pages: as many at once as the gateway gives. */
const NEXT_ROWS = 200
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

export type DevicePages = InfiniteData<DevicePage, string | null>

/** Rows newer than what is held take its place; where they stand in the list does not change. */
export function patchRows(pages: DevicePages, upserted: readonly DeviceRow[], total: number): DevicePages {
  const changed = new Map(upserted.map((row) => [row.uuid, row]))
  return {
    ...pages,
    pages: pages.pages.map((page) => {
      const isHit = page.rows.some((row) => changed.has(row.uuid))
      // Of many pages nearly all stay what they are.
      if (!isHit && page.total === total) return page
      if (!isHit) return { ...page, total }
      const rows = page.rows.map((row) => {
        const next = changed.get(row.uuid)
        return next && next.revision >= row.revision ? next : row
      })
      return { ...page, total, rows }
    }),
  }
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
  list: (filter: DeviceFilter, sort: DeviceListSearch['sort'], direction: DeviceListSearch['direction']) =>
    infiniteQueryOptions({
      queryKey: deviceKeys.list(filter, sort, direction),
      queryFn: ({ pageParam, signal }) =>
        callApi('listDevices', {
          query: {
            ...filter,
            sort,
            direction,
            limit: pageParam === null ? FIRST_DEVICES.limit : NEXT_ROWS,
            ...(pageParam === null ? {} : { after: pageParam }),
          },
          signal,
        }),
      initialPageParam: null as string | null,
      getNextPageParam: (page) => page.next,
      // What was asked for when the pointer came near is not asked again by the page.
      staleTime: FRESH_MS,
      placeholderData: keepPreviousData,
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
