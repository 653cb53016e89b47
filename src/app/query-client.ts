import { QueryClient } from '@tanstack/react-query'
import { ApiError } from '@/lib/api'

const MAX_RETRIES = 3

/** A refusal will be the same next time; an unreachable or failing gateway may come back. */
const isWorthRetrying = (error: Error) =>
  !(error instanceof ApiError) || error.status === 0 || error.status >= 500

export const queryClient = new QueryClient({
  defaultOptions: {
    queries: {
      retry: (failures, error) => failures < MAX_RETRIES && isWorthRetrying(error),
      refetchOnWindowFocus: false,
      // Without network the call fails at once and the page says so, instead of waiting in silence.
      networkMode: 'always',
    },
    mutations: { networkMode: 'always' },
  },
})
