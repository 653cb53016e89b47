import { keepPreviousData, queryOptions } from '@tanstack/react-query'
import type { LogSelector } from '#contract/log'
import { callApi } from '@/lib/api'

const PAGE_SIZE = 1000
const OFFERED_DEVICES = 30
const EXCERPT_LINES = 50

/** Where a page of lines lies: the newest, before or after a line, or around a time. */
export type LogPlace = { before?: number; after?: number; at?: string }

const keys = {
  page: (selector: LogSelector, place: LogPlace) => ['logs', 'page', selector, place] as const,
  first: (selector: LogSelector, at: string | null, visit: number) =>
    ['logs', 'first', selector, at, visit] as const,
  devices: (q: string, fleetId: number | null) => ['logs', 'devices', q, fleetId] as const,
  fleets: ['logs', 'fleets'] as const,
  excerpt: (uuid: string, at: string) => ['logs', 'excerpt', uuid, at] as const,
}

const fetchPage = (selector: LogSelector, place: LogPlace, signal: AbortSignal) =>
  callApi('searchLogs', { query: { ...selector, ...place, limit: PAGE_SIZE }, signal })

export const logQueries = {
  /** The page a view starts with. It is fetched once for each visit; what follows comes live. */
  firstPage: (selector: LogSelector, at: string | null, visit: number) =>
    queryOptions({
      queryKey: keys.first(selector, at, visit),
      queryFn: ({ signal }) => fetchPage(selector, at === null ? {} : { at }, signal),
      staleTime: Infinity,
      gcTime: 0,
      structuralSharing: false,
    }),
  /** Goes straight into the window, so nothing of it is kept here. */
  page: (selector: LogSelector, place: LogPlace) =>
    queryOptions({
      queryKey: keys.page(selector, place),
      queryFn: ({ signal }) => fetchPage(selector, place, signal),
      staleTime: 0,
      gcTime: 0,
      structuralSharing: false,
    }),
  /** The lines of one device just before and after a moment. */
  excerpt: (uuid: string, at: string) =>
    queryOptions({
      queryKey: keys.excerpt(uuid, at),
      queryFn: ({ signal }) =>
        callApi('searchLogs', { query: { device: [uuid], at, limit: EXCERPT_LINES }, signal }),
      staleTime: 10_000,
    }),
  /** Devices to choose from, by name. */
  devices: (q: string, fleetId: number | null) =>
    queryOptions({
      queryKey: keys.devices(q, fleetId),
      queryFn: ({ signal }) =>
        callApi('listDevices', {
          query: { q, sort: 'name', limit: OFFERED_DEVICES, ...(fleetId === null ? {} : { fleetId }) },
          signal,
        }),
      staleTime: 15_000,
      placeholderData: keepPreviousData,
    }),
  fleets: () =>
    queryOptions({
      queryKey: keys.fleets,
      queryFn: ({ signal }) => callApi('listFleets', { signal }),
      staleTime: 60_000,
    }),
}
