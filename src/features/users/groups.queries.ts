import { queryOptions, useMutation, useQueryClient } from '@tanstack/react-query'
import { callApi, type CallInput } from '@/lib/api'
import { userQueries } from './users.queries'

export const groupQueries = {
  list: () =>
    queryOptions({
      queryKey: ['groups', 'list'],
      queryFn: ({ signal }) => callApi('listGroups', { signal }),
    }),
}

export type GroupBody = NonNullable<CallInput<'createGroup'>['body']>

function useGroupWrite<V, R>(mutationFn: (value: V) => Promise<R>) {
  const client = useQueryClient()
  return useMutation({
    mutationFn,
    onSuccess: () =>
      Promise.all([
        client.invalidateQueries({ queryKey: groupQueries.list().queryKey }),
        // People say in how many groups they are.
        client.invalidateQueries({ queryKey: userQueries.list().queryKey }),
      ]),
  })
}

/** Adds a group, or changes the one with this id. */
export const useSaveGroup = (groupId: number | null) =>
  useGroupWrite((body: GroupBody) =>
    groupId === null
      ? callApi('createGroup', { body })
      : callApi('updateGroup', { params: { groupId }, body }),
  )

export const useDeleteGroup = () =>
  useGroupWrite((groupId: number) => callApi('deleteGroup', { params: { groupId } }))
