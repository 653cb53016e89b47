import { queryOptions } from '@tanstack/react-query'
import { callApi } from '@/lib/api'

export const systemQueries = {
  info: () =>
    queryOptions({
      queryKey: ['system', 'info'],
      queryFn: ({ signal }) => callApi('getSystemInfo', { signal }),
      staleTime: 60_000,
    }),
}
