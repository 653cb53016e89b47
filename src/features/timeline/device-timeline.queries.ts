import { keepPreviousData, queryOptions } from '@tanstack/react-query'
import { callApi } from '@/lib/api'
import type { Span } from './zoom-range'

export const deviceTimelineQueries = {
  /** What happened in a span; `version` moves when the device had news, and only a live span asks again for it. */
  ofDevice: (uuid: string, { fromMs, toMs }: Span, version: number) =>
    queryOptions({
      queryKey: ['device-timeline', uuid, fromMs, toMs, version],
      queryFn: ({ signal }) =>
        callApi('getDeviceTimeline', {
          params: { uuid },
          query: { from: new Date(fromMs).toISOString(), to: new Date(toMs).toISOString() },
          signal,
        }),
      placeholderData: keepPreviousData,
    }),
}
