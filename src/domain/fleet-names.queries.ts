import { queryOptions } from '@tanstack/react-query'
import { callApi } from '@/lib/api'

const FRESH_MS = 30_000

/** The fleets that can be named where somebody chooses one, in the order of their names. */
export const fleetNamesQuery = () =>
  queryOptions({
    queryKey: ['fleets', 'names'],
    queryFn: async ({ signal }) => {
      const { fleets } = await callApi('listFleets', { signal })
      return fleets.map(({ id, name }) => ({ id, name })).sort((a, b) => a.name.localeCompare(b.name))
    },
    staleTime: FRESH_MS,
  })
