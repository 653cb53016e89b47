import type { UseQueryResult } from '@tanstack/react-query'
import { TriangleAlert } from 'lucide-react'
import type { ReactNode } from 'react'
import { Button } from './button'
import { ErrorState, LoadingState } from './states'

type QueryViewProps<T> = {
  query: UseQueryResult<T>
  /** What is being loaded, as in "Loading devices…". */
  what: string
  /** Takes the place of the loading line, e.g. a skeleton. */
  loading?: ReactNode
  children: (data: T) => ReactNode
}

/** Loading, failed, or the data; data that could not be refreshed stays on screen and says so. */
export function QueryView<T>({ query, what, loading, children }: QueryViewProps<T>) {
  if (query.data === undefined) {
    if (query.isError) return <ErrorState error={query.error} onRetry={() => void query.refetch()} />
    return loading ?? <LoadingState what={what} />
  }
  return (
    <>
      {query.isError && (
        <div
          role="alert"
          className="bg-attention-soft text-attention mb-3 flex flex-wrap items-center gap-2 rounded-md px-3 py-2 text-[13px]"
        >
          <TriangleAlert className="size-4" aria-hidden />
          <span className="flex-1">Shown as last known: {query.error.message}</span>
          <Button size="sm" onClick={() => void query.refetch()}>
            Try again
          </Button>
        </div>
      )}
      {children(query.data)}
    </>
  )
}
