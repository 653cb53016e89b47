import { keepPreviousData, queryOptions, type QueryClient } from '@tanstack/react-query'
import { fleetQueries } from '@/features/fleets/fleets.queries'
import { callApi } from '@/lib/api'

const FOUND_LIMIT = 6
const FRESH_MS = 30_000

/** What the command palette asks the gateway for; kept apart from the pages, whose lists it must not disturb. */
export const paletteQueries = {
  /** Starts with what the fleets page holds, so that the palette does not grow a moment after it opened. */
  fleets: (client: QueryClient) =>
    queryOptions({
      queryKey: ['palette', 'fleets'],
      queryFn: ({ signal }) => callApi('listFleets', { signal }),
      staleTime: FRESH_MS,
      placeholderData: () => client.getQueryData(fleetQueries.list().options.queryKey),
    }),
  releases: (q: string) =>
    queryOptions({
      queryKey: ['palette', 'releases', q],
      queryFn: ({ signal }) => callApi('listReleases', { query: { q, limit: FOUND_LIMIT }, signal }),
      staleTime: FRESH_MS,
      placeholderData: keepPreviousData,
    }),
}
