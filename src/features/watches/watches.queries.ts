import { queryOptions, useMutation, useQueryClient } from '@tanstack/react-query'
import type { WatchKind } from '#contract/device-watch'
import { callApi } from '@/lib/api'

const watchKey = ['watches'] as const

/** The devices that the signed-in person watches; one that told what it was for is gone from it, so it is read anew often. */
export const watchesQuery = () =>
  queryOptions({
    queryKey: watchKey,
    queryFn: ({ signal }) => callApi('listWatches', { signal }),
    refetchInterval: 30_000,
  })

export type WatchChange = { uuid: string; kind: WatchKind; manner: 'off' | 'once' | 'always' }

export function useChangeWatch() {
  const client = useQueryClient()
  return useMutation({
    mutationFn: async ({ uuid, kind, manner }: WatchChange) => {
      if (manner === 'off') await callApi('endWatch', { params: { uuid, kind } })
      else await callApi('watchDevice', { params: { uuid, kind }, body: { isLasting: manner === 'always' } })
    },
    onSettled: () => client.invalidateQueries({ queryKey: watchKey }),
  })
}
