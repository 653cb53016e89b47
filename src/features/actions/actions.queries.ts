import {
  infiniteQueryOptions,
  keepPreviousData,
  queryOptions,
  useMutation,
  useQueryClient,
} from '@tanstack/react-query'
import type { ActionBatch, ActionKind, ActionState } from '#contract/device-action'
import { callApi } from '@/lib/api'
import { liveQuery } from '@/live/live-query'

const PAGE_SIZE = 100
const actionKeys = {
  all: ['actions'] as const,
  device: (uuid: string) => ['actions', 'device', uuid] as const,
  batches: ['actions', 'batches'] as const,
  batch: (batchId: number) => ['actions', 'batch', batchId] as const,
}

export const actionQueries = {
  /** `version` changes with every step of an action of the device: then they are read again. */
  ofDevice: (uuid: string, version: number) =>
    queryOptions({
      queryKey: [...actionKeys.device(uuid), version],
      queryFn: ({ signal }) => callApi('listActions', { params: { uuid }, query: { limit: 50 }, signal }),
      placeholderData: (before) => before,
    }),
  /** What was asked of many devices, newest first. */
  batches: () =>
    queryOptions({
      queryKey: actionKeys.batches,
      queryFn: ({ signal }) => callApi('listActionBatches', { query: { limit: 100 }, signal }),
    }),
  batch: (batchId: number) =>
    liveQuery<'action-batch', { cursor: number; batch: ActionBatch }>({
      topic: { kind: 'action-batch', batchId },
      queryKey: actionKeys.batch(batchId),
      fetch: (signal) => callApi('getActionBatch', { params: { batchId }, signal }),
      apply: (snapshot, { batch }) => ({ ...snapshot, batch }),
    }),
  /** Its devices; `version` changes when one of them moved on. */
  batchActions: (batchId: number, filter: { state: ActionState[]; q: string }, version: string) =>
    infiniteQueryOptions({
      queryKey: [...actionKeys.batch(batchId), 'devices', filter, version],
      queryFn: ({ pageParam, signal }) =>
        callApi('listBatchActions', {
          params: { batchId },
          query: { ...filter, limit: PAGE_SIZE, ...(pageParam === null ? {} : { after: pageParam }) },
          signal,
        }),
      initialPageParam: null as string | null,
      getNextPageParam: (page) => page.next,
      placeholderData: keepPreviousData,
    }),
}

export type ActionAsk = {
  kind: ActionKind
  serviceName?: string
  force: boolean
  reason?: string
  expiresInMinutes?: number
  overrideMinutes?: number
}

export function useAskAction(uuid: string) {
  const client = useQueryClient()
  return useMutation({
    mutationFn: (body: ActionAsk) => callApi('createAction', { params: { uuid }, body }),
    onSuccess: () => client.invalidateQueries({ queryKey: actionKeys.device(uuid) }),
  })
}

/** Calls off what waits, or lifts an override. */
export function useCancelAction() {
  const client = useQueryClient()
  return useMutation({
    mutationFn: (actionId: number) => callApi('cancelAction', { params: { actionId } }),
    onSettled: () => client.invalidateQueries({ queryKey: actionKeys.all }),
  })
}

export function useCancelBatch(batchId: number) {
  const client = useQueryClient()
  return useMutation({
    mutationFn: () => callApi('cancelActionBatch', { params: { batchId } }),
    onSettled: () => client.invalidateQueries({ queryKey: actionKeys.batch(batchId) }),
  })
}

export function useRetryBatch(batchId: number) {
  const client = useQueryClient()
  return useMutation({
    mutationFn: () => callApi('retryActionBatch', { params: { batchId } }),
    onSuccess: () => client.invalidateQueries({ queryKey: actionKeys.batches }),
  })
}
