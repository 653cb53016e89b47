import { queryOptions, useMutation, useQueryClient } from '@tanstack/react-query'
import type { ActionKind } from '#contract/device'
import { callApi } from '@/lib/api'

const actionKey = (uuid: string) => ['actions', uuid] as const

export const actionQueries = {
  /** `version` grows when something happened to the device, an action's step among it: then they are read again. */
  ofDevice: (uuid: string, version: number) =>
    queryOptions({
      queryKey: [...actionKey(uuid), version],
      queryFn: ({ signal }) => callApi('listActions', { params: { uuid }, signal }),
      placeholderData: (before) => before,
    }),
}

export type ActionAsk = { kind: ActionKind; serviceName?: string; force: boolean }

export function useAskAction(uuid: string) {
  const client = useQueryClient()
  return useMutation({
    mutationFn: (body: ActionAsk) => callApi('createAction', { params: { uuid }, body }),
    onSuccess: () => client.invalidateQueries({ queryKey: actionKey(uuid) }),
  })
}
