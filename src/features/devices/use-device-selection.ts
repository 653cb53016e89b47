import { useCallback, useEffect, useRef } from 'react'
import type { DeviceRow } from '#contract/device'
import { setSelected, startSelection, useSelection } from './selection.store'

/** Which rows of this list are selected, with ranges by Shift. Another filter starts with nothing selected. */
export function useDeviceSelection(listKey: string, rows: readonly DeviceRow[], total: number) {
  const stored = useSelection()
  const anchor = useRef<number | null>(null)
  useEffect(() => {
    startSelection(listKey)
    anchor.current = null
  }, [listKey])
  const isOwn = stored.listKey === listKey
  const uuids: ReadonlySet<string> = isOwn ? stored.uuids : new Set<string>()
  const isAllMatching = isOwn && stored.isAllMatching
  const count = isAllMatching ? total : uuids.size
  const select = useCallback(
    (index: number, isOn: boolean, isRange: boolean) => {
      const from = isRange && anchor.current !== null ? anchor.current : index
      const [first, last] = from < index ? [from, index] : [index, from]
      anchor.current = index
      // Taking one out of "all that match" leaves the loaded ones.
      if (isAllMatching)
        setSelected(
          rows.map((row) => row.uuid),
          true,
        )
      setSelected(
        rows.slice(first, last + 1).map((row) => row.uuid),
        isOn,
      )
    },
    [rows, isAllMatching],
  )
  const isAllLoaded = rows.length > 0 && rows.every((row) => uuids.has(row.uuid))
  return {
    uuids,
    isAllMatching,
    count,
    select,
    isSelected: (uuid: string) => isAllMatching || uuids.has(uuid),
    state:
      isAllMatching || isAllLoaded ? ('all' as const) : count > 0 ? ('some' as const) : ('none' as const),
  }
}
