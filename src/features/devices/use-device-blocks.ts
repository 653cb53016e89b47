import {
  keepPreviousData,
  useQueries,
  useQuery,
  useQueryClient,
  type UseQueryResult,
} from '@tanstack/react-query'
import { useCallback, useMemo } from 'react'
import type { DeviceFilter, DevicePage, DeviceRow } from '#contract/device'
import type { DeviceListSearch } from './device-list-search'
import { BLOCK_ROWS, deviceQueries } from './devices.queries'

/** So many rows before and behind those on screen are there before somebody scrolls to them. */
const AHEAD_ROWS = 80
/** Most rows that are fetched to select a range of them. */
export const MAX_RANGE_ROWS = 2_000

export type ShownRange = { first: number; last: number }

/** The blocks that hold these rows. */
export function blocksOf({ first, last }: ShownRange): number[] {
  const from = Math.floor(Math.max(0, first) / BLOCK_ROWS)
  const to = Math.floor(Math.max(0, last) / BLOCK_ROWS)
  return Array.from({ length: to - from + 1 }, (_, index) => from + index)
}

/** How many match by the newest answer. */
const totalOf = (pages: readonly DevicePage[]): number =>
  pages.reduce((newest, page) => (page.cursor >= newest.cursor ? page : newest), {
    cursor: -1,
    total: 0,
  }).total

const together = (queries: UseQueryResult<DevicePage>[]) => ({
  pages: queries.map((query) => query.data),
  isPending: queries.some((query) => query.isPending),
  failed: queries
    .filter((query) => query.isError)
    .map(({ data, error, refetch }) => ({ data, error, refetch })),
})

/**
 * How many places the list has on screen. What came in or left since it was read changes its total and not its rows: they stay
 * where they are until it is read again.
 */
export function lengthOf(blocks: ReadonlyMap<number, DevicePage>, total: number): number {
  const last = Math.max(-1, ...blocks.keys())
  const rows = blocks.get(last)?.rows.length ?? 0
  // Gone to a place that is no more.
  if (rows === 0) return Math.min(total, Math.max(0, last) * BLOCK_ROWS)
  return rows < BLOCK_ROWS ? last * BLOCK_ROWS + rows : Math.max(total, (last + 1) * BLOCK_ROWS)
}

/**
 * The rows of one list around those on screen, in blocks by their place, so that any place can be gone to at once. The first
 * block is always there: it says how long the list is.
 */
export function useDeviceBlocks(filter: DeviceFilter, search: DeviceListSearch, shown: ShownRange) {
  const client = useQueryClient()
  const { sort, direction } = search
  const first = useQuery({
    ...deviceQueries.block(filter, sort, direction, 0),
    placeholderData: keepPreviousData,
  })
  const isReady = first.data !== undefined && !first.isPlaceholderData
  const lastRow = (first.data?.total ?? 0) - 1
  const wanted = isReady
    ? blocksOf({
        first: Math.min(shown.first - AHEAD_ROWS, lastRow),
        last: Math.min(shown.last + AHEAD_ROWS, lastRow),
      }).filter((block) => block > 0)
    : []
  const { pages, isPending, failed } = useQueries({
    queries: wanted.map((block) => deviceQueries.block(filter, sort, direction, block)),
    combine: together,
  })
  const firstPage = first.data
  const wantedKey = wanted.join()
  // Kept as it is while the pages are the same: rows are drawn anew only for what changed.
  const blocks = useMemo(() => {
    const numbers = wantedKey === '' ? [] : wantedKey.split(',').map(Number)
    const held = new Map<number, DevicePage>()
    if (firstPage) held.set(0, firstPage)
    for (const [index, page] of pages.entries()) if (page) held.set(numbers[index] ?? 0, page)
    return held
  }, [firstPage, wantedKey, pages])
  const total = totalOf([...blocks.values()])
  const rowAt = useCallback(
    (index: number): DeviceRow | undefined =>
      blocks.get(Math.floor(index / BLOCK_ROWS))?.rows[index % BLOCK_ROWS],
    [blocks],
  )
  const rows = useMemo(() => [...blocks.values()].flatMap((page) => page.rows), [blocks])
  /** The devices of a range of places, fetched where they are not here. */
  const uuidsOf = async (range: ShownRange): Promise<string[]> => {
    const pages = await Promise.all(
      blocksOf(range).map((block) =>
        client.query({ ...deviceQueries.block(filter, sort, direction, block), staleTime: 'static' }),
      ),
    )
    const from = (blocksOf(range)[0] ?? 0) * BLOCK_ROWS
    return pages
      .flatMap((page) => page.rows)
      .slice(range.first - from, range.last - from + 1)
      .map((row) => row.uuid)
  }
  return {
    first,
    isReady,
    blocks,
    total,
    length: isReady ? lengthOf(blocks, total) : (firstPage?.rows.length ?? 0),
    rowAt,
    rows,
    uuidsOf,
    isLoadingMore: isPending,
    /** Rows near those on screen are not here, and are not on their way. */
    hasMissing: failed.some(({ data }) => data === undefined),
    /** What keeps rows on screen from being shown, or from being shown as they are. */
    error: first.error ?? failed[0]?.error ?? null,
    retry: () => {
      if (first.isError) void first.refetch()
      for (const query of failed) void query.refetch()
    },
  }
}
