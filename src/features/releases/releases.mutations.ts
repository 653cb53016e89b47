import { useMutation, useQueryClient } from '@tanstack/react-query'
import { callApi, type CallInput } from '@/lib/api'
import { releaseKeys } from './releases.queries'

export type CreateReleaseBody = CallInput<'createRelease'>['body']
export type UpdateReleaseBody = NonNullable<CallInput<'updateRelease'>['body']>

export function useCreateRelease(fleetId: number) {
  const client = useQueryClient()
  return useMutation({
    mutationFn: (body: CreateReleaseBody) => callApi('createRelease', { params: { fleetId }, body }),
    onSuccess: () => client.invalidateQueries({ queryKey: releaseKeys.all }),
  })
}

export function useUpdateRelease(releaseId: number) {
  const client = useQueryClient()
  return useMutation({
    mutationFn: (body: UpdateReleaseBody) => callApi('updateRelease', { params: { releaseId }, body }),
    onSuccess: () => client.invalidateQueries({ queryKey: releaseKeys.all }),
  })
}
