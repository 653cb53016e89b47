import {
  infiniteQueryOptions,
  keepPreviousData,
  queryOptions,
  type InfiniteData,
} from '@tanstack/react-query'
import type { DeviceDetail, DeviceFilter, DevicePage, DeviceRow } from '#contract/device'
import { callApi } from '@/lib/api'
import { liveQuery } from '@/live/live-query'
import type { DeviceListSearch } from './device-list-search'

const PAGE_SIZE = 100
const EVENT_REFETCH_KEY = 'events'

export const deviceKeys = {
  all: ['devices'] as const,
  list: (filter: DeviceFilter, sort: string, direction: string) =>
    ['devices', 'list', filter, sort, direction] as const,
  facets: (filter: DeviceFilter) => ['devices', 'facets', filter] as const,
  one: (uuid: string) => ['devices', 'one', uuid] as const,
  part: (uuid: string, part: string) => ['devices', 'part', uuid, part] as const,
}

export type DevicePages = InfiniteData<DevicePage, string | null>

/** Rows newer than what is held take its place; where they stand in the list does not change. */
export function patchRows(pages: DevicePages, upserted: readonly DeviceRow[], total: number): DevicePages {
  const changed = new Map(upserted.map((row) => [row.uuid, row]))
  return {
    ...pages,
    pages: pages.pages.map((page) => ({
      ...page,
      total,
      rows: page.rows.map((row) => {
        const next = changed.get(row.uuid)
        return next && next.revision >= row.revision ? next : row
      }),
    })),
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
            limit: PAGE_SIZE,
            ...(pageParam === null ? {} : { after: pageParam }),
          },
          signal,
        }),
      initialPageParam: null as string | null,
      getNextPageParam: (page) => page.next,
      staleTime: 0,
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
    liveQuery<'device', { cursor: number; device: DeviceDetail; isDeleted?: boolean }>({
      topic: { kind: 'device', uuid },
      queryKey: deviceKeys.one(uuid),
      fetch: (signal) => callApi('getDevice', { params: { uuid }, signal }),
      apply: (snapshot, data) =>
        data.device === null ? { ...snapshot, isDeleted: true } : { ...snapshot, device: data.device },
    }),
  events: (uuid: string) =>
    infiniteQueryOptions({
      queryKey: deviceKeys.part(uuid, EVENT_REFETCH_KEY),
      queryFn: ({ pageParam, signal }) =>
        callApi('listDeviceEvents', {
          params: { uuid },
          query: { limit: 50, ...(pageParam === null ? {} : { after: pageParam }) },
          signal,
        }),
      initialPageParam: null as string | null,
      getNextPageParam: (page) => page.next,
    }),
  metrics: (uuid: string, from: string, to: string) =>
    queryOptions({
      queryKey: [...deviceKeys.part(uuid, 'metrics'), from, to],
      queryFn: ({ signal }) =>
        callApi('getDeviceMetrics', { params: { uuid }, query: { from, to, points: 240 }, signal }),
      placeholderData: keepPreviousData,
    }),
  variables: (uuid: string) =>
    queryOptions({
      queryKey: deviceKeys.part(uuid, 'variables'),
      queryFn: ({ signal }) => callApi('listDeviceVariables', { params: { uuid }, signal }),
    }),
  actions: (uuid: string) =>
    queryOptions({
      queryKey: deviceKeys.part(uuid, 'actions'),
      queryFn: ({ signal }) => callApi('listActions', { params: { uuid }, signal }),
    }),
}
