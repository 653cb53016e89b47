import { queryOptions } from '@tanstack/react-query'
import { callApi } from '@/lib/api'
import { sessionQueries } from './session.queries'

/** Browsers in which one is signed in. */
export const ownSessionsQuery = () =>
  queryOptions({
    queryKey: [...sessionQueries.keys.all, 'own'],
    queryFn: ({ signal }) => callApi('listOwnSessions', { signal }),
  })
