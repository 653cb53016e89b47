import { infiniteQueryOptions, keepPreviousData, queryOptions } from '@tanstack/react-query'
import type { ReleaseStatus } from '#contract/release'
import { callApi } from '@/lib/api'

const PAGE_SIZE = 50
const CHOICE_LIMIT = 200

export type ReleaseListFilter = { fleetId?: number; q: string; status: ReleaseStatus[] }

export const releaseKeys = {
  all: ['releases'] as const,
  list: (filter: ReleaseListFilter) => ['releases', 'list', filter] as const,
  choices: (fleetId: number) => ['releases', 'choices', fleetId] as const,
  one: (releaseId: number) => ['releases', 'one', releaseId] as const,
  comparison: (from: number, to: number) => ['releases', 'comparison', from, to] as const,
  check: (fleetId: number, composeYaml: string) => ['releases', 'check', fleetId, composeYaml] as const,
}

export const releaseQueries = {
  list: (filter: ReleaseListFilter) =>
    infiniteQueryOptions({
      queryKey: releaseKeys.list(filter),
      queryFn: ({ pageParam, signal }) =>
        callApi('listReleases', {
          query: { ...filter, limit: PAGE_SIZE, ...(pageParam === null ? {} : { after: pageParam }) },
          signal,
        }),
      initialPageParam: null as string | null,
      getNextPageParam: (page) => page.next,
      placeholderData: keepPreviousData,
    }),
  /** The newest releases of a fleet, to choose one from. */
  choices: (fleetId: number) =>
    queryOptions({
      queryKey: releaseKeys.choices(fleetId),
      queryFn: ({ signal }) => callApi('listReleases', { query: { fleetId, limit: CHOICE_LIMIT }, signal }),
      select: (page) => page.rows,
    }),
  one: (releaseId: number) =>
    queryOptions({
      queryKey: releaseKeys.one(releaseId),
      queryFn: ({ signal }) => callApi('getRelease', { params: { releaseId }, signal }),
    }),
  comparison: (from: number, to: number) =>
    queryOptions({
      queryKey: releaseKeys.comparison(from, to),
      queryFn: ({ signal }) => callApi('compareReleases', { query: { from, to }, signal }),
      placeholderData: keepPreviousData,
    }),
  /** Reads a compose file as devices would; a question, though it is asked by POST. */
  check: (fleetId: number, composeYaml: string) =>
    queryOptions({
      queryKey: releaseKeys.check(fleetId, composeYaml),
      queryFn: ({ signal }) =>
        callApi('checkCompose', { params: { fleetId }, body: { composeYaml }, signal }),
      placeholderData: keepPreviousData,
      staleTime: Infinity,
      gcTime: 60_000,
    }),
}
