import { useInfiniteQuery, useQueryClient } from '@tanstack/react-query'
import { useState } from 'react'
import type { DeviceFilter } from '#contract/device'
import { MAX_WINDOW_DEVICES } from '#contract/events'
import { useLiveTopic } from '@/live/use-live-topic'
import type { DeviceListSearch } from './device-list-search'
import { deviceKeys, deviceQueries, patchRows, type DevicePages } from './devices.queries'

/** What happened beside the rows in place: devices that came in, went out, or would stand elsewhere now. */
type Drift = { key: string; entered: number; moved: ReadonlySet<string> }

/**
 * The device list with its live window: rows on screen are patched in place; what would reorder or re-filter the list is
 * only counted until the user asks for it.
 */
export function useDeviceList(filter: DeviceFilter, search: DeviceListSearch, visible: readonly string[]) {
  const client = useQueryClient()
  const { sort, direction } = search
  const options = deviceQueries.list(filter, sort, direction)
  const query = useInfiniteQuery(options)
  const key = JSON.stringify(deviceKeys.list(filter, sort, direction))
  const [drift, setDrift] = useState<Drift>({ key, entered: 0, moved: new Set() })
  const [heldTo, setHeldTo] = useState<{ key: string; to: number } | null>(null)
  const [patched, setPatched] = useState<ReadonlyMap<string, number>>(new Map())
  const current = drift.key === key ? drift : { key, entered: 0, moved: new Set<string>() }

  const pages = query.data?.pages
  const oldestCursor = pages === undefined ? null : Math.min(...pages.map((page) => page.cursor))
  const refresh = () => {
    setDrift({ key, entered: 0, moved: new Set() })
    setHeldTo(null)
    void client.invalidateQueries({ queryKey: options.queryKey })
    void client.invalidateQueries({ queryKey: deviceKeys.facets(filter) })
  }
  const isReady = query.data !== undefined && !query.isPlaceholderData
  useLiveTopic<'devices'>(
    isReady ? { kind: 'devices', filter, uuids: visible.slice(0, MAX_WINDOW_DEVICES) } : null,
    {
      since: () => (heldTo?.key === key ? heldTo.to : oldestCursor),
      onResync: refresh,
      onPatch: ({ to, data }) => {
        const before = new Map((pages ?? []).flatMap((page) => page.rows.map((row) => [row.uuid, row])))
        client.setQueryData<DevicePages>(options.queryKey, (held) =>
          held ? patchRows(held, data.upserted, data.total) : held,
        )
        setHeldTo({ key, to })
        setPatched(new Map(data.upserted.map((row) => [row.uuid, row.revision])))
        const reordered = data.upserted.filter(
          (row) => sort === 'trouble' && before.get(row.uuid)?.health !== row.health,
        )
        if (data.left.length + data.entered + reordered.length === 0) return
        setDrift({
          key,
          entered: current.entered + data.entered,
          moved: new Set([...current.moved, ...data.left, ...reordered.map((row) => row.uuid)]),
        })
      },
    },
  )
  return {
    query,
    rows: pages?.flatMap((page) => page.rows) ?? [],
    total: pages?.[0]?.total ?? 0,
    /** Changes that a refresh would show. */
    driftCount: current.entered + current.moved.size,
    refresh,
    /** Rows of the last patch, by uuid with their revision: they flash. */
    patched,
  }
}
