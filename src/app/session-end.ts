import type { Query } from '@tanstack/react-query'
import { sessionQueries } from '@/features/session/session.queries'
import { queryClient } from './query-client'

const isOfSession = (query: Query) => query.queryKey[0] === sessionQueries.keys.all[0]

/** Other rights than before: what is shown is forgotten and asked for again, as far as it may still be seen. */
export function renewRights(): void {
  void queryClient.invalidateQueries({ predicate: isOfSession })
  void queryClient.resetQueries({ predicate: (query) => !isOfSession(query) })
}

/** The session is over: forget everything; the signed-in frame then leads to the sign-in page. */
export function leaveSession(): void {
  queryClient.removeQueries({ predicate: (query) => !isOfSession(query) })
  queryClient.setQueryData(sessionQueries.me().queryKey, null)
}
