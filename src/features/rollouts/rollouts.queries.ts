import { infiniteQueryOptions, keepPreviousData, queryOptions } from '@tanstack/react-query'
import type { TopicData } from '#contract/events'
import type {
  RolloutCell,
  RolloutDetail,
  RolloutDevice,
  RolloutDevicePage,
  RolloutDeviceState,
  RolloutPage,
  RolloutSnapshot,
  RolloutState,
  RolloutWall,
} from '#contract/rollout'
import { callApi, type CallInput } from '@/lib/api'
import type { PlanTarget } from './plan-part'
import { liveQuery } from '@/live/live-query'

const LIST_PAGE_SIZE = 50
const DEVICE_PAGE_SIZE = 50
const FAILURE_PAGE_SIZE = 20
const TIMELINE_PAGE_SIZE = 100
const MAX_SAMPLES = 600

export type RolloutListFilter = {
  fleetId?: number | undefined
  state: RolloutState[]
  q: string
  after?: string | undefined
}
export type RolloutDeviceFilter = { q: string; state: RolloutDeviceState[]; after?: string | undefined }
export type RolloutRequest = NonNullable<CallInput<'previewRollout'>['body']>
/** `placed`: the state by uuid for which each row got its place in the list. */
export type PlacedDevicePage = RolloutDevicePage & { placed: Record<string, RolloutDeviceState> }

export const rolloutKeys = {
  all: ['rollouts'] as const,
  list: (filter: RolloutListFilter) => ['rollouts', 'list', filter] as const,
  one: (rolloutId: number) => ['rollouts', 'one', rolloutId] as const,
  devices: (rolloutId: number, filter: RolloutDeviceFilter) =>
    ['rollouts', 'devices', rolloutId, filter] as const,
  failure: (rolloutId: number, key: string) => ['rollouts', 'devices', rolloutId, 'failure', key] as const,
  failedDevice: (rolloutId: number, key: string, uuid: string) =>
    ['rollouts', 'failed-device', rolloutId, key, uuid] as const,
  timeline: (rolloutId: number) => ['rollouts', 'timeline', rolloutId] as const,
  report: (rolloutId: number) => ['rollouts', 'report', rolloutId] as const,
  wall: (rolloutId: number) => ['rollouts', 'wall', rolloutId] as const,
  templates: (fleetId: number) => ['rollouts', 'templates', fleetId] as const,
  previews: (fleetId: number) => ['rollouts', 'preview', fleetId] as const,
  pinned: (fleetId: number, narrowing: Omit<PlanTarget, 'fleetId'>, q: string) =>
    ['rollouts', 'pinned', fleetId, narrowing, q] as const,
  preview: (fleetId: number, request: RolloutRequest) => ['rollouts', 'preview', fleetId, request] as const,
}

/**
 * Known rollouts stay where they are, new ones that match come on top of the first page. A rollout that no longer matches
 * stays until the list is asked for again, so that nothing moves under a hand.
 */
export function patchRollouts(
  page: RolloutPage,
  { upserted, matching, ...totals }: TopicData['rollouts'],
  isFirst: boolean,
): RolloutPage {
  const changed = new Map(upserted.map((row) => [row.id, row]))
  const newest = page.rows[0]?.id ?? 0
  const added = isFirst
    ? upserted.filter((row) => row.id > newest && matching.includes(row.id)).sort((a, b) => b.id - a.id)
    : []
  return { ...page, ...totals, rows: [...added, ...page.rows.map((row) => changed.get(row.id) ?? row)] }
}

/** The newest samples of a patch joined to those held; when they become many, every second old one goes. */
export function joinSamples(
  held: RolloutDetail['samples'],
  newest: RolloutDetail['samples'],
): RolloutDetail['samples'] {
  const from = newest[0]?.at
  if (from === undefined) return held
  const joined = [...held.filter((sample) => Date.parse(sample.at) < Date.parse(from)), ...newest]
  return joined.length <= MAX_SAMPLES
    ? joined
    : joined.filter((_sample, index) => index % 2 === 0 || index >= joined.length - newest.length)
}

/** Rows that came take the place of those held; where they stand does not change. */
export function patchDevices(
  rows: readonly RolloutDevice[],
  upserted: readonly RolloutDevice[],
): RolloutDevice[] {
  const changed = new Map(upserted.map((row) => [row.uuid, row]))
  return rows.map((row) => changed.get(row.uuid) ?? row)
}

/** Cells keep their place: the order of a rollout is fixed at its start. */
export function patchCells(cells: readonly RolloutCell[], upserted: readonly RolloutCell[]): RolloutCell[] {
  const changed = new Map(upserted.map((cell) => [cell[0], cell]))
  return cells.map((cell) => changed.get(cell[0]) ?? cell)
}

export const rolloutQueries = {
  templates: (fleetId: number) =>
    queryOptions({
      queryKey: rolloutKeys.templates(fleetId),
      queryFn: ({ signal }) => callApi('listPlanTemplates', { params: { fleetId }, signal }),
    }),
  list: (filter: RolloutListFilter) =>
    liveQuery<'rollouts', RolloutPage>({
      topic: {
        kind: 'rollouts',
        ...(filter.fleetId === undefined ? {} : { fleetId: filter.fleetId }),
        ...(filter.state.length === 0 ? {} : { state: filter.state }),
        ...(filter.q === '' ? {} : { q: filter.q }),
      },
      queryKey: rolloutKeys.list(filter),
      isPage: true,
      fetch: (signal) => {
        const { fleetId, after, ...rest } = filter
        return callApi('listRollouts', {
          query: {
            ...rest,
            limit: LIST_PAGE_SIZE,
            ...(fleetId === undefined ? {} : { fleetId }),
            ...(after === undefined ? {} : { after }),
          },
          signal,
        })
      },
      apply: (page, data) => patchRollouts(page, data, filter.after === undefined),
    }),
  one: (rolloutId: number) =>
    liveQuery<'rollout', RolloutSnapshot>({
      topic: { kind: 'rollout', rolloutId },
      queryKey: rolloutKeys.one(rolloutId),
      fetch: (signal) => callApi('getRollout', { params: { rolloutId }, signal }),
      apply: (snapshot, { rollout }) => ({
        ...snapshot,
        rollout: { ...rollout, samples: joinSamples(snapshot.rollout.samples, rollout.samples) },
      }),
    }),
  wall: (rolloutId: number) =>
    liveQuery<'rollout-wall', RolloutWall>({
      topic: { kind: 'rollout-wall', rolloutId },
      queryKey: rolloutKeys.wall(rolloutId),
      isLarge: true,
      fetch: (signal) => callApi('getRolloutWall', { params: { rolloutId }, signal }),
      apply: (snapshot, data) => ({ ...snapshot, cells: patchCells(snapshot.cells, data.upserted) }),
    }),
  /** One page of the devices; `uuids`: the rows it holds, which are then watched. */
  devices: (rolloutId: number, filter: RolloutDeviceFilter, uuids: readonly string[]) =>
    liveQuery<'rollout-devices', PlacedDevicePage>({
      topic: { kind: 'rollout-devices', rolloutId, uuids: [...uuids] },
      queryKey: rolloutKeys.devices(rolloutId, filter),
      isPage: true,
      fetch: async (signal) => {
        const { after, ...rest } = filter
        const page = await callApi('listRolloutDevices', {
          params: { rolloutId },
          query: { ...rest, limit: DEVICE_PAGE_SIZE, ...(after === undefined ? {} : { after }) },
          signal,
        })
        return { ...page, placed: Object.fromEntries(page.rows.map((row) => [row.uuid, row.state])) }
      },
      apply: (snapshot, data) => ({ ...snapshot, rows: patchDevices(snapshot.rows, data.upserted) }),
    }),
  /** The devices that failed of one reason, by name, a page at a time. */
  failure: (rolloutId: number, key: string) =>
    infiniteQueryOptions({
      queryKey: rolloutKeys.failure(rolloutId, key),
      queryFn: ({ pageParam, signal }) =>
        callApi('listRolloutDevices', {
          params: { rolloutId },
          query: {
            failure: key,
            limit: FAILURE_PAGE_SIZE,
            ...(pageParam === null ? {} : { after: pageParam }),
          },
          signal,
        }),
      initialPageParam: null as string | null,
      getNextPageParam: (page) => page.next,
    }),
  /** One device that failed of that reason; null when it is not among them any more. */
  failedDevice: (rolloutId: number, key: string, uuid: string) =>
    queryOptions({
      queryKey: rolloutKeys.failedDevice(rolloutId, key, uuid),
      queryFn: async ({ signal }) => {
        const query = { failure: key, q: uuid, limit: 1 }
        const page = await callApi('listRolloutDevices', { params: { rolloutId }, query, signal })
        return page.rows[0] ?? null
      },
    }),
  /** What was done to a rollout, newest first: asked for once somebody wants more than the rollout itself carries. */
  timeline: (rolloutId: number) =>
    infiniteQueryOptions({
      queryKey: rolloutKeys.timeline(rolloutId),
      queryFn: ({ pageParam, signal }) =>
        callApi('listRolloutEvents', {
          params: { rolloutId },
          query: { limit: TIMELINE_PAGE_SIZE, ...(pageParam === null ? {} : { after: pageParam }) },
          signal,
        }),
      initialPageParam: null as string | null,
      getNextPageParam: (page) => page.next,
    }),
  /** The whole story so far; asked for anew at every visit. */
  report: (rolloutId: number) =>
    queryOptions({
      queryKey: rolloutKeys.report(rolloutId),
      queryFn: ({ signal }) => callApi('getRolloutReport', { params: { rolloutId }, signal }),
      staleTime: 0,
    }),
  /** Pinned devices of the target set by name, the first 50 of those that match. */
  pinned: ({ fleetId, q: narrowing, ...lists }: PlanTarget, q: string) =>
    queryOptions({
      queryKey: rolloutKeys.pinned(fleetId, { q: narrowing, ...lists }, q),
      queryFn: ({ signal }) =>
        callApi('listDevices', {
          query: { ...lists, fleetId, pinned: true, q: q === '' ? narrowing : q, sort: 'name', limit: 50 },
          signal,
        }),
      staleTime: 10_000,
    }),
  /** What a rollout would do; a question, though it is asked by POST. */
  preview: (fleetId: number, request: RolloutRequest) =>
    queryOptions({
      queryKey: rolloutKeys.preview(fleetId, request),
      queryFn: ({ signal }) => callApi('previewRollout', { params: { fleetId }, body: request, signal }),
      placeholderData: keepPreviousData,
      // Devices come, go and change all the time: an estimate a minute old is asked for again.
      staleTime: 10_000,
      refetchInterval: 30_000,
    }),
}
