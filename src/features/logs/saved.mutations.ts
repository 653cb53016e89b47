import { useMutation, useQueryClient } from '@tanstack/react-query'
import type { SavedLogQuery, SavedLogSearch } from '#contract/log-search'
import { callApi } from '@/lib/api'
import { toast } from '@/ui/toast.store'
import { logQueries } from './logs.queries'

export type QueryToSave = { name: string; isShared: boolean; search: SavedLogSearch }

/** Saves a query; `replaces`: the one it is a new name of. */
export function useSaveQuery(onSaved: () => void) {
  const client = useQueryClient()
  return useMutation({
    mutationFn: async ({ replaces, ...body }: QueryToSave & { replaces?: SavedLogQuery }) => {
      const saved = await callApi('saveLogQuery', { body })
      if (replaces && replaces.id !== saved.id)
        await callApi('deleteLogQuery', { params: { queryId: replaces.id } })
      return saved
    },
    onSuccess: (saved) => {
      toast('ok', `Saved “${saved.name}”`)
      onSaved()
    },
    onSettled: () => client.invalidateQueries({ queryKey: logQueries.saved().queryKey }),
  })
}

export function useDeleteQuery(onDeleted: () => void) {
  const client = useQueryClient()
  return useMutation({
    mutationFn: (query: SavedLogQuery) => callApi('deleteLogQuery', { params: { queryId: query.id } }),
    onSuccess: (_, query) => {
      toast('ok', `Deleted “${query.name}”`)
      onDeleted()
    },
    onSettled: () => client.invalidateQueries({ queryKey: logQueries.saved().queryKey }),
  })
}
