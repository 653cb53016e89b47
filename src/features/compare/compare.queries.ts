import { keepPreviousData, queryOptions } from '@tanstack/react-query'
import { callApi } from '@/lib/api'

const REFETCH_MS = 60_000

/** `other`: another device, or undefined for the fleet. */
export const comparisonQuery = (uuid: string, other: string | undefined, days: 1 | 7) =>
  queryOptions({
    queryKey: ['compare', uuid, other ?? 'fleet', days],
    queryFn: ({ signal }) =>
      callApi('compareDevice', {
        params: { uuid },
        query: { days, ...(other === undefined ? {} : { with: other }) },
        signal,
      }),
    placeholderData: keepPreviousData,
    refetchInterval: REFETCH_MS,
  })
