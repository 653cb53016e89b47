import { useMutation, useQueryClient } from '@tanstack/react-query'
import type { Me } from '#contract/session'
import { callApi, setCsrfToken } from '@/lib/api'
import { sessionQueries } from './session.queries'

function useEnter() {
  const client = useQueryClient()
  return (me: Me) => {
    setCsrfToken(me.csrfToken)
    client.setQueryData(sessionQueries.me().queryKey, me)
  }
}

export function useSignIn() {
  const enter = useEnter()
  return useMutation({
    mutationFn: (body: { email: string; password: string; code?: string }) => callApi('signIn', { body }),
    onSuccess: enter,
  })
}

/** Begins to sign in at the OpenID provider and leads the browser there; it comes back to `next`. */
export function useStartOpenId() {
  return useMutation({
    mutationFn: (next: string) => callApi('startOpenId', { body: { next } }),
    onSuccess: ({ url }) => location.assign(url),
  })
}

export function useSignInByLink() {
  const enter = useEnter()
  return useMutation({
    mutationFn: (body: { token: string; code?: string }) => callApi('signInByLink', { body }),
    onSuccess: enter,
  })
}

export function useCompleteSetup() {
  const enter = useEnter()
  return useMutation({
    mutationFn: (body: { token: string; name: string; email: string; password: string }) =>
      callApi('completeSetup', { body }),
    onSuccess: enter,
  })
}

export function useSignOut() {
  const client = useQueryClient()
  return useMutation({
    mutationFn: () => callApi('signOut'),
    onSuccess: () => {
      setCsrfToken(null)
      client.clear()
      client.setQueryData(sessionQueries.me().queryKey, null)
    },
  })
}

export function useChangePassword() {
  return useMutation({
    mutationFn: (body: { current: string; next: string }) => callApi('changePassword', { body }),
  })
}
