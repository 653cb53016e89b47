import { QueryClient } from '@tanstack/react-query'
import { ApiError } from '@/lib/api'
import { awayPart } from './away-part'

const MAX_RETRIES = 3

/** A refusal will be the same next time; an unreachable or failing gateway may come back. */
const isWorthRetrying = (error: Error) =>
  !(error instanceof ApiError) || error.status === 0 || error.status >= 500

export const queryClient = new QueryClient({
  defaultOptions: {
    queries: {
      retry: (failures, error) => {
        if (!isWorthRetrying(error)) return false
        startLastKnown()
        return failures < MAX_RETRIES
      },
      refetchOnWindowFocus: false,
      // Without network the call fails at once and the page says so, instead of waiting in silence.
      networkMode: 'always',
    },
    mutations: { networkMode: 'always' },
  },
})

/** Keeps what is seen for a start without the gateway, and shows it at one. Its code comes after the first data, or instead. */
export function startLastKnown(): void {
  awayPart.load().then(
    (part) => part.startLastKnown(queryClient),
    () => undefined,
  )
}
