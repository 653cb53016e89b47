import { useMutation, useQueryClient } from '@tanstack/react-query'
import { callApi, type CallInput } from '@/lib/api'
import { userQueries } from './users.queries'

function useUserWrite<V, R>(mutationFn: (value: V) => Promise<R>) {
  const client = useQueryClient()
  return useMutation({
    mutationFn,
    onSuccess: () => client.invalidateQueries({ queryKey: userQueries.list().queryKey }),
  })
}

export const useCreateUser = () =>
  useUserWrite((body: CallInput<'createUser'>['body']) => callApi('createUser', { body }))

export const useUpdateUser = (userId: number) =>
  useUserWrite((body: NonNullable<CallInput<'updateUser'>['body']>) =>
    callApi('updateUser', { params: { userId }, body }),
  )

/** Signing in to an account asks for no code any more. */
export const useResetTotp = (userId: number) =>
  useUserWrite(() => callApi('resetTotp', { params: { userId } }))

/** Signs an account out in every browser; answers in how many. */
export const useEndSessions = (userId: number) =>
  useMutation({
    mutationFn: async () => (await callApi('endUserSessions', { params: { userId } })).ended,
  })

export const useCreateSignInLink = (userId: number) =>
  useMutation({
    mutationFn: () => callApi('createSignInLink', { params: { userId } }),
    // The answer is a secret: it goes as soon as nobody looks at it.
    gcTime: 0,
  })
