import { infiniteQueryOptions, keepPreviousData, queryOptions } from '@tanstack/react-query'
import type { DeliveryEvent, DeliveryState } from '#contract/webhook'
import { callApi } from '@/lib/api'

const PAGE_SIZE = 50

export const webhookKeys = {
  all: ['webhooks'] as const,
  list: ['webhooks', 'list'] as const,
  deliveries: (webhookId: number) => ['webhooks', 'deliveries', webhookId] as const,
}

export type DeliveryFilter = { state: DeliveryState[]; event: DeliveryEvent[] }

export const webhookQueries = {
  list: () =>
    queryOptions({
      queryKey: webhookKeys.list,
      queryFn: ({ signal }) => callApi('listWebhooks', { signal }),
    }),
  /** The delivery log of one, newest first. */
  deliveries: (webhookId: number, filter: DeliveryFilter) =>
    infiniteQueryOptions({
      queryKey: [...webhookKeys.deliveries(webhookId), filter],
      queryFn: ({ pageParam, signal }) =>
        callApi('listWebhookDeliveries', {
          params: { webhookId },
          query: { ...filter, limit: PAGE_SIZE, ...(pageParam === null ? {} : { after: pageParam }) },
          signal,
        }),
      initialPageParam: null as string | null,
      getNextPageParam: (page) => page.next,
      placeholderData: keepPreviousData,
    }),
}
