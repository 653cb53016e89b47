import { queryOptions, useMutation, useQueryClient } from '@tanstack/react-query'
import { callApi } from '@/lib/api'
import { sessionQueries } from './session.queries'

/** Whether signing in asks for a code as well. */
export const ownTotpQuery = () =>
  queryOptions({
    queryKey: [...sessionQueries.keys.all, 'totp'],
    queryFn: ({ signal }) => callApi('getTotp', { signal }),
  })

/** A secret that is shown once; it goes as soon as nobody looks at it. */
export const useBeginTotp = () =>
  useMutation({ mutationFn: (password: string) => callApi('beginTotp', { body: { password } }), gcTime: 0 })

function useChange<V, R>(mutationFn: (value: V) => Promise<R>) {
  const client = useQueryClient()
  return useMutation({
    mutationFn,
    // What recovery codes there are, and the other sessions, which end with it.
    onSuccess: () => client.invalidateQueries({ queryKey: sessionQueries.keys.all }),
    gcTime: 0,
  })
}

export const useConfirmTotp = () => useChange((code: string) => callApi('confirmTotp', { body: { code } }))

type Proof = { password: string; code: string }

export const useRenewRecoveryCodes = () => useChange((body: Proof) => callApi('renewRecoveryCodes', { body }))

export const useEndTotp = () => useChange((body: Proof) => callApi('endTotp', { body }))
