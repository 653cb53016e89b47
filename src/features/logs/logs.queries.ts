import { keepPreviousData, queryOptions } from '@tanstack/react-query'
import type { LogPage, LogSelector } from '#contract/log'
import { callApi } from '@/lib/api'
import type { LogEnds, LogStart } from './log-search'

const PAGE_SIZE = 1000
const OFFERED_DEVICES = 30
const EXCERPT_LINES = 50

/** Where a page of lines lies: the newest, before or after a line, or around a time; within a range. */
export type LogPlace = LogEnds & { before?: number; after?: number; at?: string }

const keys = {
  page: (selector: LogSelector, place: LogPlace) => ['logs', 'page', selector, place] as const,
  first: (selector: LogSelector, ends: LogEnds, start: LogStart, visit: number) =>
    ['logs', 'first', selector, ends, start, visit] as const,
  histogram: (selector: LogSelector, ends: LogEnds, buckets: number) =>
    ['logs', 'histogram', selector, ends, buckets] as const,
  context: (line: number, before: number, after: number) => ['logs', 'context', line, before, after] as const,
  saved: ['logs', 'saved'] as const,
  devices: (q: string, fleetId: number | null) => ['logs', 'devices', q, fleetId] as const,
  fleets: ['logs', 'fleets'] as const,
  excerpt: (uuid: string, at: string) => ['logs', 'excerpt', uuid, at] as const,
}

const fetchPage = (selector: LogSelector, place: LogPlace, signal: AbortSignal) =>
  callApi('searchLogs', { query: { ...selector, ...place, limit: PAGE_SIZE }, signal })

/** The line and what comes before it as one page, what follows as another: a time alone may stand at many lines. */
async function fetchAround(
  selector: LogSelector,
  ends: LogEnds,
  line: number,
  signal: AbortSignal,
): Promise<LogPage> {
  const [older, newer] = await Promise.all([
    fetchPage(selector, { ...ends, before: line + 1 }, signal),
    fetchPage(selector, { ...ends, after: line }, signal),
  ])
  return {
    lines: [...older.lines, ...newer.lines],
    hasOlder: older.hasOlder,
    olderFrom: older.olderFrom,
    searchedFrom: older.searchedFrom,
    hasNewer: newer.hasNewer,
    newerFrom: newer.newerFrom,
    searchedTo: newer.searchedTo,
    isTruncated: older.isTruncated || newer.isTruncated,
    cursor: Math.min(older.cursor, newer.cursor),
  }
}

const HISTOGRAM_STALE_MS = 10_000

export const logQueries = {
  /** The page a view starts with. It is fetched once for each visit; what follows comes live. */
  firstPage: (selector: LogSelector, ends: LogEnds, start: LogStart, visit: number) =>
    queryOptions({
      queryKey: keys.first(selector, ends, start, visit),
      queryFn: ({ signal }) =>
        start.line === null
          ? fetchPage(selector, { ...ends, ...(start.at === null ? {} : { at: start.at }) }, signal)
          : fetchAround(selector, ends, start.line, signal),
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
  /** Counts over time. While the range goes on with the clock it is counted again now and then. */
  histogram: (selector: LogSelector, ends: LogEnds, buckets: number) =>
    queryOptions({
      queryKey: keys.histogram(selector, ends, buckets),
      queryFn: ({ signal }) =>
        callApi('getLogHistogram', { query: { ...selector, ...ends, buckets }, signal }),
      staleTime: HISTOGRAM_STALE_MS,
      refetchInterval: ends.to === undefined ? HISTOGRAM_STALE_MS : false,
      placeholderData: keepPreviousData,
    }),
  /** A line and those of its device around it. */
  context: (line: number, before: number, after: number) =>
    queryOptions({
      queryKey: keys.context(line, before, after),
      queryFn: ({ signal }) =>
        callApi('getLogContext', { params: { lineId: line }, query: { before, after }, signal }),
      staleTime: 30_000,
      placeholderData: (previous) => (previous?.line.id === line ? previous : undefined),
    }),
  saved: () =>
    queryOptions({
      queryKey: keys.saved,
      queryFn: ({ signal }) => callApi('listLogQueries', { signal }),
      staleTime: 30_000,
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
