import { keepPreviousData, queryOptions } from '@tanstack/react-query'
import type { DeviceDetail } from '#contract/device'
import { callApi } from '@/lib/api'

/** Who else shows a reason changes without this device changing. */
const AGAIN_MS = 30_000

export const healthQueries = {
  /** Why the device is as it is; asked again when its reasons change, and now and then for who else shows them. */
  explained: ({ uuid, reasons }: Pick<DeviceDetail, 'uuid' | 'reasons'>) =>
    queryOptions({
      queryKey: [
        'health',
        'explained',
        uuid,
        reasons.map((reason) => [reason.code, reason.service, reason.since, reason.evidence]),
      ],
      queryFn: ({ signal }) => callApi('explainDeviceHealth', { params: { uuid }, signal }),
      placeholderData: keepPreviousData,
      refetchInterval: AGAIN_MS,
    }),
}
