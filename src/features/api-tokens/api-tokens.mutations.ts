import { useMutation, useQueryClient } from '@tanstack/react-query'
import { callApi, type CallInput } from '@/lib/api'
import { apiTokenQueries } from './api-tokens.queries'

function useTokenWrite<V, R>(mutationFn: (value: V) => Promise<R>) {
  const client = useQueryClient()
  return useMutation({
    mutationFn,
    // The answer may hold a secret: it goes as soon as nobody looks at it.
    gcTime: 0,
    onSuccess: () => client.invalidateQueries({ queryKey: apiTokenQueries.list().queryKey }),
  })
}

export const useCreateApiToken = () =>
  useTokenWrite((body: CallInput<'createApiToken'>['body']) => callApi('createApiToken', { body }))

export const useRevokeApiToken = () =>
  useTokenWrite((tokenId: number) => callApi('revokeApiToken', { params: { tokenId } }))
