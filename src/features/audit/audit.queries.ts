import { infiniteQueryOptions, keepPreviousData } from '@tanstack/react-query'
import { callApi } from '@/lib/api'

const PAGE_SIZE = 50

export const auditQueries = {
  list: (q: string) =>
    infiniteQueryOptions({
      queryKey: ['audit', 'list', q],
      queryFn: ({ pageParam, signal }) =>
        callApi('listAudit', {
          query: { q, limit: PAGE_SIZE, ...(pageParam === null ? {} : { after: pageParam }) },
          signal,
        }),
      initialPageParam: null as string | null,
      getNextPageParam: (page) => page.next,
      staleTime: 0,
      placeholderData: keepPreviousData,
    }),
}
