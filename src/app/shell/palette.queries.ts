import { keepPreviousData, queryOptions } from '@tanstack/react-query'
import { callApi } from '@/lib/api'

const FOUND_LIMIT = 6
const FRESH_MS = 30_000

/** What the command palette asks the gateway for; kept apart from the pages, whose lists it must not disturb. */
export const paletteQueries = {
  fleets: () =>
    queryOptions({
      queryKey: ['palette', 'fleets'],
      queryFn: ({ signal }) => callApi('listFleets', { signal }),
      staleTime: FRESH_MS,
    }),
  devices: (q: string) =>
    queryOptions({
      queryKey: ['palette', 'devices', q],
      queryFn: ({ signal }) => callApi('listDevices', { query: { q, limit: FOUND_LIMIT }, signal }),
      staleTime: FRESH_MS,
      placeholderData: keepPreviousData,
    }),
  releases: (q: string) =>
    queryOptions({
      queryKey: ['palette', 'releases', q],
      queryFn: ({ signal }) => callApi('listReleases', { query: { q, limit: FOUND_LIMIT }, signal }),
      staleTime: FRESH_MS,
      placeholderData: keepPreviousData,
    }),
}
