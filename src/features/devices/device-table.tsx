import { useVirtualizer, type Range } from '@tanstack/react-virtual'
import { memo, useEffect, useRef } from 'react'
import type { DeviceRow } from '#contract/device'
import { useIsNarrow } from '@/ui/use-is-narrow'
import { columns, healthColumn } from './device-columns'
import type { DeviceColumn } from './device-list-search'
import { CardToCome, DeviceCard, DeviceTableRow, RowToCome, type RowProps } from './device-rows'
import { TableHead, type Sorting } from './device-table-head'
import { useRowKeys } from './use-row-keys'
import { useSidewaysMark } from './use-sideways-mark'

const ROW_PX = 40
const CARD_PX = 92
/** So many rows above and below those on screen are drawn at least. */
const OVERSCAN = 6
/** Rows come and go so many at once: what is drawn is then changed less often, and what that costs beside the rows comes less often. */
const STEP = 4
/** Rows around those on screen that are watched too, in steps of as many, so that scrolling resubscribes seldom. */
const WINDOW_STEP = 20
const NAME_PX = 190
/** Of the window's height, what is around the box at least. */
const AROUND_PX = 248

/** The places whose rows are drawn. */
function drawnOf({ startIndex, endIndex, overscan, count }: Range): number[] {
  const from = Math.max(0, Math.floor((startIndex - overscan) / STEP) * STEP)
  const to = Math.min(count, Math.ceil((endIndex + overscan + 1) / STEP) * STEP)
  return Array.from({ length: Math.max(0, to - from) }, (_, index) => from + index)
}

type DeviceTableProps = Sorting & {
  /** Another list begins at its top. */
  listKey: string
  /** The row at a place; undefined while it is not here yet. */
  rowAt: (index: number) => DeviceRow | undefined
  /** Places on screen; `total` devices match by now. */
  length: number
  total: number
  shown: readonly DeviceColumn[]
  left: ReadonlySet<string>
  isSelected: (uuid: string) => boolean
  onSelect: RowProps['onSelect']
  selectedState: 'none' | 'some' | 'all'
  onSelectAll: (isSelected: boolean) => void
  onVisible: (first: number, last: number) => void
  isLoadingMore: boolean
}

type DrawnRowsProps = Pick<DeviceTableProps, 'rowAt' | 'shown' | 'isSelected' | 'left' | 'onSelect'> &
  Pick<RowProps, 'onActive'> & { first: number; last: number; isNarrow: boolean }

/** The rows from `first` to `last`; not gone through while these stay the same. */
const DrawnRows = memo(function DrawnRows(props: DrawnRowsProps) {
  const { first, last, rowAt, shown, isNarrow } = props
  const drawn = Array.from({ length: last - first + 1 }, (_, index) => ({
    index: first + index,
    device: rowAt(first + index),
  }))
  const drawnAt = new Map<string, number>()
  for (const { index, device } of drawn)
    if (device && !drawnAt.has(device.uuid)) drawnAt.set(device.uuid, index)
  /** A device that moved between two blocks stands in both until the list is refreshed. */
  const keyOf = ({ uuid }: DeviceRow, index: number) => (drawnAt.get(uuid) === index ? uuid : `${uuid} again`)
  return drawn.map(({ index, device }) => {
    if (!device)
      return isNarrow ? (
        <CardToCome key={index} index={index} heightPx={CARD_PX} />
      ) : (
        <RowToCome key={index} index={index} columnCount={shown.length + 3} heightPx={ROW_PX} />
      )
    const row = {
      device,
      index,
      isSelected: props.isSelected(device.uuid),
      hasLeft: props.left.has(device.uuid),
      onSelect: props.onSelect,
      onActive: props.onActive,
    }
    const key = keyOf(device, index)
    return isNarrow ? (
      <DeviceCard key={key} {...row} heightPx={CARD_PX} hasFleet={shown.includes('fleet')} />
    ) : (
      <DeviceTableRow key={key} {...row} shown={shown} heightPx={ROW_PX} />
    )
  })
})

/** Only the rows on screen are drawn; on a narrow screen as cards. */
export function DeviceTable(props: DeviceTableProps) {
  const { rowAt, length, shown, listKey, onVisible } = props
  const isNarrow = useIsNarrow()
  const box = useRef<HTMLDivElement>(null)
  const heightPx = isNarrow ? CARD_PX : ROW_PX
  // The virtualiser keeps its own state; this component is not meant to be memoised.
  // eslint-disable-next-line react-hooks/incompatible-library
  const virtualizer = useVirtualizer({
    count: length,
    getScrollElement: () => box.current,
    estimateSize: () => heightPx,
    overscan: OVERSCAN,
    rangeExtractor: drawnOf,
    // Before its box is measured, so that rows are drawn together with it.
    initialRect: { width: 0, height: window.innerHeight - AROUND_PX },
  })
  useEffect(() => virtualizer.measure(), [virtualizer, heightPx])
  const items = virtualizer.getVirtualItems()
  const first = items[0]?.index ?? 0
  const last = items.at(-1)?.index ?? 0
  const windowFirst = Math.floor(first / WINDOW_STEP) * WINDOW_STEP
  const windowLast = Math.ceil((last + 1) / WINDOW_STEP) * WINDOW_STEP - 1
  useEffect(() => onVisible(windowFirst, windowLast), [onVisible, windowFirst, windowLast])
  const shownList = useRef(listKey)
  useEffect(() => {
    if (shownList.current !== listKey) box.current?.scrollTo({ top: 0 })
    shownList.current = listKey
  }, [listKey])
  const setActive = useRowKeys({
    box,
    count: length,
    scrollTo: (index) => virtualizer.scrollToIndex(index),
    toggle: (index) => {
      const device = rowAt(index)
      if (device) props.onSelect(index, !props.isSelected(device.uuid), false)
    },
  })
  const padTop = items[0]?.start ?? 0
  const padBottom = Math.max(0, virtualizer.getTotalSize() - (items.at(-1)?.end ?? 0))
  const drawn = {
    first,
    last: items.length === 0 ? -1 : last,
    rowAt,
    shown,
    isSelected: props.isSelected,
    left: props.left,
    onSelect: props.onSelect,
    onActive: setActive,
  }
  const widthPx =
    40 + NAME_PX + healthColumn.widthPx + shown.reduce((sum, name) => sum + columns[name].widthPx, 0)
  useSidewaysMark(box, isNarrow ? 0 : widthPx)
  return (
    <div
      ref={box}
      role="region"
      aria-label="Devices"
      // A box that scrolls must be reachable by keyboard.
      // eslint-disable-next-line jsx-a11y/no-noninteractive-tabindex
      tabIndex={0}
      className="border-line bg-panel shadow-panel max-h-[calc(100dvh-5rem)] min-h-40 overflow-auto overscroll-y-auto rounded-lg border [overflow-anchor:none] sm:max-h-[max(24rem,calc(100dvh-15.5rem))]"
    >
      {isNarrow ? (
        <ul aria-label="Devices" style={{ paddingTop: padTop, paddingBottom: padBottom }}>
          <DrawnRows {...drawn} isNarrow />
        </ul>
      ) : (
        <table
          aria-label="Devices"
          aria-rowcount={props.total + 1}
          className="w-full table-fixed border-separate border-spacing-0"
          style={{ minWidth: widthPx }}
        >
          <colgroup>
            <col style={{ width: 40 }} />
            <col style={{ width: NAME_PX }} />
            <col style={{ width: healthColumn.widthPx }} />
            {shown.map((name) => (
              <col key={name} style={{ width: columns[name].widthPx }} />
            ))}
          </colgroup>
          <TableHead
            sort={props.sort}
            direction={props.direction}
            onSort={props.onSort}
            shown={shown}
            selectedState={props.selectedState}
            onSelectAll={props.onSelectAll}
          />
          <tbody>
            {padTop > 0 && <tr aria-hidden style={{ height: padTop }} />}
            <DrawnRows {...drawn} isNarrow={false} />
            {padBottom > 0 && <tr aria-hidden style={{ height: padBottom }} />}
          </tbody>
        </table>
      )}
      {props.isLoadingMore && (
        <p role="status" className="sr-only">
          Loading devices…
        </p>
      )}
    </div>
  )
}
