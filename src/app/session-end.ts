import { sessionQueries } from '@/features/session/session.queries'
import { queryClient } from './query-client'

/** The session is over: forget everything; the signed-in frame then leads to the sign-in page. */
export function leaveSession(): void {
  queryClient.removeQueries({ predicate: (query) => query.queryKey[0] !== sessionQueries.keys.all[0] })
  queryClient.setQueryData(sessionQueries.me().queryKey, null)
}
