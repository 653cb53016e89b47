import { useMutation, useQueryClient } from '@tanstack/react-query'
import type { LogRetentionLimits } from '#contract/log-search'
import { callApi, type CallInput } from '@/lib/api'
import { fleetKeys } from './fleets.queries'

type Body<
  N extends
    'createFleet' | 'updateFleet' | 'createProvisioningKey' | 'setFleetVariable' | 'setHealthThresholds',
> = CallInput<N>['body']

export function useCreateFleet() {
  const client = useQueryClient()
  return useMutation({
    mutationFn: (body: Body<'createFleet'>) => callApi('createFleet', { body }),
    onSuccess: () => client.invalidateQueries({ queryKey: fleetKeys.list }),
  })
}

/** Writes that change one fleet; what is shown of it is fetched again. */
function useFleetWrite<V, R>(fleetId: number, mutationFn: (value: V) => Promise<R>) {
  const client = useQueryClient()
  return useMutation({
    mutationFn,
    onSuccess: () => client.invalidateQueries({ queryKey: fleetKeys.one(fleetId) }),
  })
}

export const useUpdateFleet = (fleetId: number) =>
  useFleetWrite(fleetId, (body: NonNullable<Body<'updateFleet'>>) =>
    callApi('updateFleet', { params: { fleetId }, body }),
  )

export function useDeleteFleet(fleetId: number) {
  const client = useQueryClient()
  return useMutation({
    mutationFn: () => callApi('deleteFleet', { params: { fleetId } }),
    onSuccess: () => client.invalidateQueries({ queryKey: fleetKeys.list }),
  })
}

export const useCreateProvisioningKey = (fleetId: number) =>
  useFleetWrite(fleetId, (body: Body<'createProvisioningKey'>) =>
    callApi('createProvisioningKey', { params: { fleetId }, body }),
  )

export const useRevokeProvisioningKey = (fleetId: number) =>
  useFleetWrite(fleetId, ({ keyId, reason }: { keyId: number; reason: string }) =>
    callApi('revokeProvisioningKey', { params: { fleetId, keyId }, query: { reason } }),
  )

export const useSetFleetVariable = (fleetId: number) =>
  useFleetWrite(fleetId, (body: Body<'setFleetVariable'>) =>
    callApi('setFleetVariable', { params: { fleetId }, body }),
  )

export const useDeleteFleetVariable = (fleetId: number) =>
  useFleetWrite(fleetId, (variableId: number) =>
    callApi('deleteFleetVariable', { params: { fleetId, variableId } }),
  )

export const useSetThresholds = (fleetId: number) =>
  useFleetWrite(fleetId, (body: NonNullable<Body<'setHealthThresholds'>>) =>
    callApi('setHealthThresholds', { params: { fleetId }, body }),
  )

/** Asks what limits would delete; changes nothing. */
export const usePreviewLogRetention = (fleetId: number) =>
  useMutation({
    mutationFn: ({ days, bytes }: LogRetentionLimits) =>
      callApi('previewLogRetention', {
        params: { fleetId },
        query: { ...(days === null ? {} : { days }), ...(bytes === null ? {} : { bytes }) },
      }),
  })

export const useSetLogRetention = (fleetId: number) =>
  useFleetWrite(fleetId, (body: LogRetentionLimits) =>
    callApi('setLogRetention', { params: { fleetId }, body }),
  )
