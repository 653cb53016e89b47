import { hashKey, useInfiniteQuery, useQueryClient } from '@tanstack/react-query'
import { useMemo, useRef, useState } from 'react'
import type { DeviceFilter, DevicePage, DeviceRow } from '#contract/device'
import { MAX_WINDOW_DEVICES } from '#contract/device-states'
import { useLiveTopic } from '@/live/use-live-topic'
import { addDrift, countDrift, Freshness, noDrift, type Drift } from './device-drift'
import type { DeviceListSearch } from './device-list-search'
import { deviceKeys, deviceQueries, patchRows, type DevicePages } from './devices.queries'

const rowsOf = (pages: readonly DevicePage[]): DeviceRow[] => {
  // Between two pages a device can have moved down the list; it is shown once, where it was met first.
  const met = new Set<string>()
  const rows: DeviceRow[] = []
  for (const page of pages)
    for (const row of page.rows) {
      if (met.has(row.uuid)) continue
      met.add(row.uuid)
      rows.push(row)
    }
  return rows
}

/** The rows that a patch brings anew, as they were before it. */
function rowsBefore(pages: readonly DevicePage[], upserted: readonly DeviceRow[]): Map<string, DeviceRow> {
  const asked = new Set(upserted.map((row) => row.uuid))
  const before = new Map<string, DeviceRow>()
  if (asked.size === 0) return before
  for (const page of pages)
    for (const row of page.rows) if (asked.has(row.uuid) && !before.has(row.uuid)) before.set(row.uuid, row)
  return before
}

/** What is known of the rows of one list; a page is looked through once. */
const makeKnown = (key: string) => ({ key, known: new Freshness(), noted: new WeakSet<DevicePage>() })

/**
 * The device list with its live window: rows on screen are patched in place; what would reorder or re-filter the list is
 * only counted until the user asks for it. `shownRange`: indices of the rows on screen.
 */
export function useDeviceList(
  filter: DeviceFilter,
  search: DeviceListSearch,
  shownRange: { first: number; last: number },
) {
  const client = useQueryClient()
  const { sort, direction } = search
  const options = deviceQueries.list(filter, sort, direction)
  const query = useInfiniteQuery(options)
  const key = hashKey(options.queryKey)
  const [state, setState] = useState<{ key: string; drift: Drift }>({ key, drift: noDrift })
  const drift = state.key === key ? state.drift : noDrift
  const freshness = useRef(makeKnown(''))

  const isReady = query.data !== undefined && !query.isPlaceholderData
  const rows = useMemo(() => rowsOf(query.data?.pages ?? []), [query.data])
  const watched = rows
    .slice(shownRange.first, shownRange.last + 1)
    .slice(0, MAX_WINDOW_DEVICES)
    .map((row) => row.uuid)

  /** What is known of each row, with the pages now in the cache taken in. */
  const knownNow = (): { known: Freshness; fallback: number } => {
    if (freshness.current.key !== key) freshness.current = makeKnown(key)
    const { known, noted } = freshness.current
    const pages = client.getQueryData<DevicePages>(options.queryKey)?.pages ?? []
    for (const page of pages) {
      if (noted.has(page)) continue
      noted.add(page)
      known.note(
        page.rows.map((row) => row.uuid),
        page.cursor,
      )
    }
    return { known, fallback: pages[0]?.cursor ?? 0 }
  }
  const refresh = () => {
    setState({ key, drift: noDrift })
    void client.invalidateQueries({ queryKey: options.queryKey })
    void client.invalidateQueries({ queryKey: deviceKeys.facets(filter) })
  }
  useLiveTopic<'devices'>(isReady ? { kind: 'devices', filter, sort, uuids: watched } : null, {
    since: () => {
      const { known, fallback } = knownNow()
      return known.since(watched, fallback)
    },
    onResync: refresh,
    onPatch: ({ from, to, data }) => {
      const { known, fallback } = knownNow()
      // A patch between was lost: only the list itself can tell what it held.
      if (from > known.since(watched, fallback) && from > known.latest) return refresh()
      const held = client.getQueryData<DevicePages>(options.queryKey)
      if (!held) return
      const before = rowsBefore(held.pages, data.upserted)
      client.setQueryData<DevicePages>(options.queryKey, patchRows(held, data.upserted, data.total))
      const isRepeated = from < known.latest
      known.notePatch(watched, to)
      setState((last) => ({
        key,
        drift: addDrift(last.key === key ? last.drift : noDrift, data, before, { sort, isRepeated }),
      }))
    },
  })
  return {
    query,
    rows,
    total: query.data?.pages[0]?.total ?? 0,
    left: drift.left,
    /** Changes that a refresh would show. */
    driftCount: countDrift(drift),
    refresh,
  }
}
