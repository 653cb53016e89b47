import { useQuery } from '@tanstack/react-query'
import { sessionQueries } from './session.queries'

/** Who is signed in, or null. */
export function useMe() {
  return useQuery(sessionQueries.me()).data ?? null
}
