import { queryOptions } from '@tanstack/react-query'
import { callApi } from '@/lib/api'

export const userQueries = {
  list: () =>
    queryOptions({
      queryKey: ['users', 'list'],
      queryFn: ({ signal }) => callApi('listUsers', { signal }),
    }),
}
