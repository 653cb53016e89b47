import { useCallback, useEffect, useRef } from 'react'
import type { DeviceRow } from '#contract/device'
import { formatCount } from '@/lib/format'
import { toast } from '@/ui/toast.store'
import { clearSelection, setSelected, startSelection, useSelection } from './selection.store'
import { MAX_RANGE_ROWS, type ShownRange } from './use-device-blocks'

type SelectableList = {
  /** Those that are here. */
  rows: readonly DeviceRow[]
  rowAt: (index: number) => DeviceRow | undefined
  total: number
  uuidsOf: (range: ShownRange) => Promise<string[]>
}

/** A range may go through rows that nobody has scrolled to yet. */
async function selectRange(
  { rowAt, uuidsOf }: Pick<SelectableList, 'rowAt' | 'uuidsOf'>,
  range: ShownRange,
  isOn: boolean,
): Promise<void> {
  const here: string[] = []
  for (let index = range.first; index <= range.last; index++) {
    const row = rowAt(index)
    if (row) here.push(row.uuid)
  }
  const count = range.last - range.first + 1
  if (here.length === count) setSelected(here, isOn)
  else if (count > MAX_RANGE_ROWS)
    toast(
      'attention',
      `A range holds at most ${formatCount(MAX_RANGE_ROWS)} rows; filter the list and select all that match instead`,
    )
  else
    try {
      setSelected(await uuidsOf(range), isOn)
    } catch (error) {
      toast('critical', `Not selected: ${error instanceof Error ? error.message : String(error)}`)
    }
}

const none: ReadonlySet<string> = new Set<string>()

/** Which rows of this list are selected, with ranges by Shift. Another filter starts with nothing selected. */
export function useDeviceSelection(listKey: string, { rows, rowAt, total, uuidsOf }: SelectableList) {
  const stored = useSelection()
  const anchor = useRef<number | null>(null)
  useEffect(() => {
    startSelection(listKey)
    anchor.current = null
  }, [listKey])
  const isOwn = stored.listKey === listKey
  const uuids: ReadonlySet<string> = isOwn ? stored.uuids : none
  const isAllMatching = isOwn && stored.isAllMatching
  const count = isAllMatching ? total : uuids.size
  const latest = useRef({ rows, rowAt, uuidsOf, isAllMatching })
  useEffect(() => {
    latest.current = { rows, rowAt, uuidsOf, isAllMatching }
  })
  // The same for as long as the list is shown: rows are not drawn anew for it.
  const select = useCallback((index: number, isOn: boolean, isRange: boolean) => {
    const list = latest.current
    const from = isRange && anchor.current !== null ? anchor.current : index
    anchor.current = index
    // Taking one out of "all that match" leaves the loaded ones.
    if (list.isAllMatching)
      setSelected(
        list.rows.map((row) => row.uuid),
        true,
      )
    void selectRange(list, { first: Math.min(from, index), last: Math.max(from, index) }, isOn)
  }, [])
  const selectLoaded = useCallback((isOn: boolean) => {
    if (!isOn) return clearSelection()
    setSelected(
      latest.current.rows.map((row) => row.uuid),
      true,
    )
  }, [])
  const isSelected = useCallback((uuid: string) => isAllMatching || uuids.has(uuid), [isAllMatching, uuids])
  const isAllLoaded = rows.length > 0 && rows.every((row) => uuids.has(row.uuid))
  return {
    uuids,
    isAllMatching,
    count,
    select,
    selectLoaded,
    isSelected,
    state:
      isAllMatching || isAllLoaded ? ('all' as const) : count > 0 ? ('some' as const) : ('none' as const),
  }
}
