import { useMutation, useQueryClient } from '@tanstack/react-query'
import type { BulkOperation, DeviceDetail, DeviceSelection } from '#contract/device'
import { callApi, type CallInput } from '@/lib/api'
import { deviceKeys, type DeviceSnapshot } from './devices.queries'

export function useApplyBulk() {
  const client = useQueryClient()
  return useMutation({
    mutationFn: (ask: { selection: DeviceSelection; operation: BulkOperation }) =>
      callApi('bulkDevices', { body: { ...ask, isPreview: false } }),
    onSuccess: () => client.invalidateQueries({ queryKey: deviceKeys.all }),
  })
}

/** A write whose answer is the device as it is now; the page shows it at once, the live patch follows. */
function useDeviceWrite<V>(uuid: string, write: (value: V) => Promise<DeviceDetail>) {
  const client = useQueryClient()
  return useMutation({
    mutationFn: write,
    onSuccess: (device) =>
      client.setQueryData<DeviceSnapshot>(deviceKeys.one(uuid), (held) =>
        held && device.revision >= held.device.revision ? { ...held, device } : held,
      ),
  })
}

export const useUpdateDevice = (uuid: string) =>
  useDeviceWrite(uuid, (body: NonNullable<CallInput<'updateDevice'>['body']>) =>
    callApi('updateDevice', { params: { uuid }, body }),
  )

export const usePinDevice = (uuid: string) =>
  useDeviceWrite(uuid, (releaseId: number | null) =>
    callApi('pinDevice', { params: { uuid }, body: { releaseId } }),
  )

export const useChangeDeviceKey = (uuid: string) =>
  useDeviceWrite(uuid, (body: CallInput<'changeDeviceKey'>['body']) =>
    callApi('changeDeviceKey', { params: { uuid }, body }),
  )

export const useSetTag = (uuid: string) =>
  useDeviceWrite(uuid, ({ key, value }: { key: string; value: string }) =>
    callApi('setDeviceTag', { params: { uuid, key }, body: { value } }),
  )

export const useDeleteTag = (uuid: string) =>
  useDeviceWrite(uuid, (key: string) => callApi('deleteDeviceTag', { params: { uuid, key } }))

export function useDeleteDevice(uuid: string) {
  const client = useQueryClient()
  return useMutation({
    mutationFn: () => callApi('deleteDevice', { params: { uuid } }),
    onSuccess: () => client.invalidateQueries({ queryKey: [...deviceKeys.all, 'list'] }),
  })
}

function useVariableWrite<V, R>(uuid: string, write: (value: V) => Promise<R>) {
  const client = useQueryClient()
  return useMutation({
    mutationFn: write,
    onSuccess: () => client.invalidateQueries({ queryKey: deviceKeys.part(uuid, 'variables') }),
  })
}

export const useSetVariable = (uuid: string) =>
  useVariableWrite(uuid, (body: CallInput<'setDeviceVariable'>['body']) =>
    callApi('setDeviceVariable', { params: { uuid }, body }),
  )

export const useDeleteVariable = (uuid: string) =>
  useVariableWrite(uuid, (variableId: number) =>
    callApi('deleteDeviceVariable', { params: { uuid, variableId } }),
  )
