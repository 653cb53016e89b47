import { useVirtualizer } from '@tanstack/react-virtual'
import { ArrowDown, ArrowUp } from 'lucide-react'
import { useEffect, useRef } from 'react'
import type { DeviceRow } from '#contract/device'
import { cn } from '@/lib/cn'
import { Checkbox } from '@/ui/checkbox'
import { useIsNarrow } from '@/ui/use-is-narrow'
import { columns, healthColumn } from './device-columns'
import type { DeviceColumn, DeviceListSearch } from './device-list-search'
import { CardToCome, DeviceCard, DeviceTableRow, RowToCome, type RowProps } from './device-rows'
import { useRowKeys } from './use-row-keys'

const ROW_PX = 40
const CARD_PX = 92
const OVERSCAN = 8
/** Rows around those on screen that are watched too, in steps of as many, so that scrolling resubscribes seldom. */
const WINDOW_STEP = 20
const NAME_PX = 190

type Sorting = {
  sort: DeviceListSearch['sort']
  direction: DeviceListSearch['direction']
  onSort: (sort: DeviceListSearch['sort'], direction: DeviceListSearch['direction']) => void
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

type HeaderProps = Sorting & {
  label: string
  by?: DeviceListSearch['sort'] | undefined
  first?: 'asc' | 'desc'
  isNumber?: boolean
  className?: string
}

function Header({ label, by, first = 'asc', isNumber = false, className, ...sorting }: HeaderProps) {
  const isSorted = by !== undefined && sorting.sort === by
  const next = isSorted ? (sorting.direction === 'asc' ? 'desc' : 'asc') : first
  const Arrow = sorting.direction === 'asc' ? ArrowUp : ArrowDown
  return (
    <th
      scope="col"
      aria-sort={isSorted ? (sorting.direction === 'asc' ? 'ascending' : 'descending') : undefined}
      className={cn(
        'border-line bg-panel text-ink-muted border-b px-3 text-[13px] font-medium last:pr-4',
        isNumber ? 'text-right' : 'text-left',
        className,
      )}
    >
      {by === undefined ? (
        label
      ) : (
        <button
          type="button"
          onClick={() => sorting.onSort(by, next)}
          className={cn('hover:text-ink inline-flex items-center gap-1 py-1.5', isSorted && 'text-ink')}
        >
          {label}
          <Arrow className={cn('size-3.5', !isSorted && 'invisible')} aria-hidden />
        </button>
      )}
    </th>
  )
}

function TableHead(props: DeviceTableProps) {
  const sorting = { sort: props.sort, direction: props.direction, onSort: props.onSort }
  return (
    <thead className="sticky top-0 z-2">
      <tr aria-rowindex={1} style={{ height: 38 }}>
        <th scope="col" className="border-line bg-panel sticky left-0 z-1 border-b pl-4 text-left">
          <Checkbox
            aria-label="Select all rows that are loaded"
            className="block"
            checked={props.selectedState === 'all'}
            isIndeterminate={props.selectedState === 'some'}
            onChange={(event) => props.onSelectAll(event.currentTarget.checked)}
          />
        </th>
        <Header {...sorting} label="Name" by="name" className="sticky left-10 z-1" />
        <Header {...sorting} label={healthColumn.label} by="trouble" />
        {props.shown.map((name) => (
          <Header
            key={name}
            {...sorting}
            label={columns[name].label}
            by={columns[name].sort}
            first={columns[name].firstDirection ?? 'asc'}
            isNumber={columns[name].isNumber ?? false}
          />
        ))}
      </tr>
    </thead>
  )
}

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
  const rowProps = (index: number, device: DeviceRow): RowProps => ({
    device,
    index,
    isSelected: props.isSelected(device.uuid),
    hasLeft: props.left.has(device.uuid),
    onSelect: props.onSelect,
    onActive: setActive,
  })
  const padTop = items[0]?.start ?? 0
  const padBottom = Math.max(0, virtualizer.getTotalSize() - (items.at(-1)?.end ?? 0))
  const drawn = items.map(({ index }) => ({ index, device: rowAt(index) }))
  const drawnAt = new Map<string, number>()
  for (const { index, device } of drawn)
    if (device && !drawnAt.has(device.uuid)) drawnAt.set(device.uuid, index)
  /** A device that moved between two blocks stands in both until the list is refreshed. */
  const keyOf = ({ uuid }: DeviceRow, index: number) => (drawnAt.get(uuid) === index ? uuid : `${uuid} again`)
  const widthPx =
    40 + NAME_PX + healthColumn.widthPx + shown.reduce((sum, name) => sum + columns[name].widthPx, 0)
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
          {drawn.map(({ index, device }) =>
            device ? (
              <DeviceCard
                key={keyOf(device, index)}
                {...rowProps(index, device)}
                heightPx={CARD_PX}
                hasFleet={shown.includes('fleet')}
              />
            ) : (
              <CardToCome key={index} index={index} heightPx={CARD_PX} />
            ),
          )}
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
          <TableHead {...props} />
          <tbody>
            {padTop > 0 && <tr aria-hidden style={{ height: padTop }} />}
            {drawn.map(({ index, device }) =>
              device ? (
                <DeviceTableRow
                  key={keyOf(device, index)}
                  {...rowProps(index, device)}
                  shown={shown}
                  heightPx={ROW_PX}
                />
              ) : (
                <RowToCome key={index} index={index} columnCount={shown.length + 3} heightPx={ROW_PX} />
              ),
            )}
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
