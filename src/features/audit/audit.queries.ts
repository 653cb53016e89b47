import { infiniteQueryOptions, keepPreviousData, queryOptions } from '@tanstack/react-query'
import { callApi } from '@/lib/api'
import { filterOf, type AuditSearch } from './audit-search'

const PAGE_SIZE = 50

export const auditQueries = {
  list: (search: AuditSearch) =>
    infiniteQueryOptions({
      queryKey: ['audit', 'list', search],
      queryFn: ({ pageParam, signal }) =>
        callApi('listAudit', {
          query: {
            ...filterOf(search, Date.now()),
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
  /** Goes along the whole log: asked for when somebody wants to know. */
  check: () =>
    queryOptions({
      queryKey: ['audit', 'check'],
      queryFn: ({ signal }) => callApi('checkAudit', { signal }),
      gcTime: 0,
      staleTime: 0,
      retry: false,
    }),
}
