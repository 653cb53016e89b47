import { queryOptions } from '@tanstack/react-query'
import { ApiError, callApi, setCsrfToken } from '@/lib/api'

const keys = {
  all: ['session'] as const,
  me: ['session', 'me'] as const,
  setup: ['session', 'setup'] as const,
}

export const sessionQueries = {
  keys,
  /** Who is signed in; null when nobody is. */
  me: () =>
    queryOptions({
      queryKey: keys.me,
      queryFn: async ({ signal }) => {
        try {
          const me = await callApi('getMe', { signal })
          setCsrfToken(me.csrfToken)
          return me
        } catch (error) {
          if (error instanceof ApiError && error.status === 401) return null
          throw error
        }
      },
      staleTime: Infinity,
    }),
  setup: () =>
    queryOptions({
      queryKey: keys.setup,
      queryFn: ({ signal }) => callApi('getSetup', { signal }),
      staleTime: 0,
    }),
}
