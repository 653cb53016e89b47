import { keepPreviousData, queryOptions } from '@tanstack/react-query'
import { callApi } from '@/lib/api'

const FRESH_MS = 30_000

/** Devices that a text may mean, best first; the palette and every picker of a device ask it. */
export const deviceSearchQuery = (q: string, limit: number) =>
  queryOptions({
    queryKey: ['device-search', q, limit],
    queryFn: ({ signal }) => callApi('searchDevices', { query: { q, limit }, signal }),
    staleTime: FRESH_MS,
    placeholderData: keepPreviousData,
  })
