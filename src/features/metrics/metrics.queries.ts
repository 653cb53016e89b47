import { keepPreviousData, queryOptions } from '@tanstack/react-query'
import { callApi } from '@/lib/api'
import { rangeMs, type RangeName } from './metric-series'

const POINTS = 240
const MIN_REFETCH_MS = 10_000

export const metricQueries = {
  /** A range that ends now; read again as often as a new point can appear. */
  ofDevice: (uuid: string, range: RangeName) =>
    queryOptions({
      queryKey: ['metrics', uuid, range],
      queryFn: ({ signal }) => {
        const nowMs = Date.now()
        return callApi('getDeviceMetrics', {
          params: { uuid },
          query: {
            from: new Date(nowMs - rangeMs[range]).toISOString(),
            to: new Date(nowMs).toISOString(),
            points: POINTS,
          },
          signal,
        })
      },
      placeholderData: keepPreviousData,
      refetchInterval: Math.max(MIN_REFETCH_MS, rangeMs[range] / POINTS),
    }),
}
