import { hashKey, useQueryClient } from '@tanstack/react-query'
import { useRef, useState } from 'react'
import type { DeviceFilter, DevicePage, DeviceRow } from '#contract/device'
import { MAX_WINDOW_DEVICES } from '#contract/device-states'
import { useLiveTopic } from '@/live/use-live-topic'
import { addDrift, countDrift, Freshness, noDrift, type Drift } from './device-drift'
import type { DeviceListSearch } from './device-list-search'
import { deviceKeys, patchRows } from './devices.queries'
import { useDeviceBlocks, type ShownRange } from './use-device-blocks'

/** The rows that a patch brings anew, as they were before it. */
function rowsBefore(
  pages: Iterable<DevicePage>,
  changed: ReadonlyMap<string, DeviceRow>,
): Map<string, DeviceRow> {
  const before = new Map<string, DeviceRow>()
  if (changed.size === 0) return before
  for (const page of pages)
    for (const row of page.rows) if (changed.has(row.uuid) && !before.has(row.uuid)) before.set(row.uuid, row)
  return before
}

/** What is known of the rows of one list; a page is looked through once. */
const makeKnown = (key: string) => ({ key, known: new Freshness(), noted: new WeakSet<DevicePage>() })

/**
 * The device list with its live window: rows on screen are patched in place; what would reorder or re-filter the list is
 * only counted until the user asks for it. `shown`: places of the rows on screen.
 */
export function useDeviceList(filter: DeviceFilter, search: DeviceListSearch, shown: ShownRange) {
  const client = useQueryClient()
  const { sort, direction } = search
  const queryKey = deviceKeys.list(filter, sort, direction)
  const key = hashKey(queryKey)
  const { first, isReady, blocks, ...list } = useDeviceBlocks(filter, search, shown)
  const [state, setState] = useState<{ key: string; drift: Drift }>({ key, drift: noDrift })
  const drift = state.key === key ? state.drift : noDrift
  const freshness = useRef(makeKnown(''))

  const watched: string[] = []
  for (let index = shown.first; index <= shown.last && watched.length < MAX_WINDOW_DEVICES; index++) {
    const row = list.rowAt(index)
    // Between two blocks a device can have moved down the list, and stand in both.
    if (row && !watched.includes(row.uuid)) watched.push(row.uuid)
  }

  const blockKeys = () => [...blocks.keys()].map((block) => [...queryKey, block])
  const heldPages = () => blockKeys().flatMap((own) => client.getQueryData<DevicePage>(own) ?? [])
  /** What is known of each row, with the pages now in the cache taken in. */
  const knownNow = (): { known: Freshness; fallback: number } => {
    if (freshness.current.key !== key) freshness.current = makeKnown(key)
    const { known, noted } = freshness.current
    const pages = heldPages()
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
    // Blocks that are not on screen are asked for again when somebody comes to them.
    void client.invalidateQueries({ queryKey })
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
      const changed = new Map(data.upserted.map((row) => [row.uuid, row]))
      const before = rowsBefore(heldPages(), changed)
      for (const own of blockKeys())
        client.setQueryData<DevicePage>(own, (page) => page && patchRows(page, changed, data.total))
      const isRepeated = from < known.latest
      known.notePatch(watched, to)
      setState((last) => ({
        key,
        drift: addDrift(last.key === key ? last.drift : noDrift, data, before, { sort, isRepeated }),
      }))
    },
  })
  return {
    ...list,
    key,
    hasData: first.data !== undefined,
    isRefreshing: first.isFetching,
    left: drift.left,
    /** Changes that a refresh would show. */
    driftCount: countDrift(drift),
    refresh,
  }
}
