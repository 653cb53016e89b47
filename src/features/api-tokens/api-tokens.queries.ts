import { queryOptions } from '@tanstack/react-query'
import { callApi } from '@/lib/api'

export const apiTokenQueries = {
  list: () =>
    queryOptions({
      queryKey: ['api-tokens', 'list'],
      queryFn: ({ signal }) => callApi('listApiTokens', { signal }),
    }),
}
