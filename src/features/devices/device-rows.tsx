import { memo, type MouseEvent } from 'react'
import { Link } from 'react-router'
import type { DeviceRow } from '#contract/device'
import { ConnectivityStatus, HealthStatus, ReasonBadge, UpdateStatus } from '@/domain/device-status'
import { cn } from '@/lib/cn'
import { formatCount } from '@/lib/format'
import { Checkbox } from '@/ui/checkbox'
import { useFlash } from '@/ui/use-flash'
import { columns, healthColumn, markOf, ReleaseCell } from './device-columns'
import type { DeviceColumn } from './device-list-search'

export type RowProps = {
  device: DeviceRow
  index: number
  isSelected: boolean
  /** It no longer matches the filter, or was deleted; it stays where it is until the list is refreshed. */
  hasLeft: boolean
  onSelect: (index: number, isSelected: boolean, isRange: boolean) => void
  onActive: (index: number) => void
}

const cell = 'border-line border-b px-3'
/**
 * Stands still where the table is wider than its box. Only there: the browser keeps what stands still apart from what
 * scrolls, and in every row that costs more than the row.
 */
const still = 'in-data-sideways:sticky in-data-sideways:z-1 bg-inherit'

function SelectBox({ device, index, isSelected, onSelect, className }: RowProps & { className?: string }) {
  const click = (event: MouseEvent<HTMLInputElement>) =>
    onSelect(index, event.currentTarget.checked, event.shiftKey)
  return (
    <Checkbox
      aria-label={`Select ${device.name}`}
      checked={isSelected}
      onClick={click}
      // The click above tells whether Shift was held; React wants a handler beside `checked`.
      onChange={() => undefined}
      className={className}
    />
  )
}

type TableRowProps = RowProps & { shown: readonly DeviceColumn[]; heightPx: number }

/** One device as a table row of fixed height; while others scroll by it is not drawn again. */
export const DeviceTableRow = memo(function DeviceTableRow(props: TableRowProps) {
  const { device, index, isSelected, hasLeft, shown, heightPx } = props
  const ref = useFlash<HTMLTableRowElement>(markOf(device))
  return (
    <tr
      ref={ref}
      aria-rowindex={index + 2}
      aria-selected={isSelected}
      data-index={index}
      style={{ height: heightPx }}
      title={hasLeft ? 'No longer matches this list; refresh to see it as it is now' : undefined}
      className={cn(
        // What is drawn of a row is kept by itself, and is not drawn again when others come.
        'isolate in-data-sideways:isolation-auto',
        isSelected ? 'bg-accent-soft' : 'bg-panel hover:bg-sunken focus-within:bg-sunken',
        hasLeft && 'bg-unknown-soft! italic',
      )}
    >
      <td className={cn(cell, still, 'left-0 pr-0 pl-4')}>
        <SelectBox {...props} className="block" />
      </td>
      <td className={cn(cell, still, 'left-[40px]')}>
        <Link
          to={`/devices/${device.uuid}`}
          data-row-link={index}
          onFocus={() => props.onActive(index)}
          className="block truncate py-2 font-medium hover:underline"
          title={device.name}
        >
          {device.name}
        </Link>
      </td>
      <td className={cell}>{healthColumn.cell(device)}</td>
      {shown.map((name) => (
        <td
          key={name}
          className={cn(
            cell,
            'last:pr-4',
            columns[name].isSelfCut !== true && 'truncate',
            columns[name].isNumber === true && 'text-right tabular-nums',
          )}
        >
          {columns[name].cell(device)}
        </td>
      ))}
    </tr>
  )
})

type ToComeProps = { index: number; heightPx: number }

/** Says at which place of the list somebody is who pulls the scroll bar past rows that are not here yet. */
const Place = ({ index }: { index: number }) => (
  <span className="text-ink-muted flex items-center gap-3 tabular-nums">
    {formatCount(index + 1)}
    <span className="bg-sunken h-3 flex-1 rounded" />
  </span>
)

/** Stands where a row will: it is on its way. */
export const RowToCome = ({ index, columnCount, heightPx }: ToComeProps & { columnCount: number }) => (
  <tr aria-hidden data-to-come style={{ height: heightPx }} className="bg-panel">
    <td className={cell} />
    <td colSpan={columnCount - 1} className={cn(cell, 'pr-4')}>
      <Place index={index} />
    </td>
  </tr>
)

export const CardToCome = ({ index, heightPx }: ToComeProps) => (
  <li
    aria-hidden
    data-to-come
    style={{ height: heightPx }}
    className="border-line bg-panel flex flex-col justify-center border-b pr-4 pl-12"
  >
    <Place index={index} />
  </li>
)

type CardProps = RowProps & { heightPx: number; hasFleet: boolean }

/** One device as a card of three short lines, for narrow screens. */
export const DeviceCard = memo(function DeviceCard(props: CardProps) {
  const { device, index, isSelected, hasLeft, heightPx, hasFleet } = props
  const ref = useFlash<HTMLLIElement>(markOf(device))
  const [reason] = device.reasons
  const isUpdating = device.updateState !== 'idle'
  return (
    <li
      ref={ref}
      data-index={index}
      style={{ height: heightPx }}
      className={cn(
        'border-line flex items-stretch border-b',
        isSelected ? 'bg-accent-soft' : 'bg-panel',
        hasLeft && 'bg-unknown-soft! italic',
      )}
    >
      <SelectBox {...props} className="m-3.5 mt-4" />
      <Link
        to={`/devices/${device.uuid}`}
        data-row-link={index}
        onFocus={() => props.onActive(index)}
        className="flex min-w-0 flex-1 flex-col justify-center gap-1 py-2 pr-3"
      >
        <span className="flex items-center gap-2">
          <span className="min-w-0 flex-1 truncate font-medium">{device.name}</span>
          <HealthStatus health={device.health} />
        </span>
        <span className="flex items-center gap-2 text-[13px]">
          <ConnectivityStatus connectivity={device.connectivity} changedAt={device.connectivityChangedAt} />
          <span className="text-ink-muted ml-auto min-w-0 truncate">
            {hasFleet ? `${device.fleetName} · ` : ''}
            <span className="inline-block align-bottom">
              <ReleaseCell device={device} />
            </span>
          </span>
        </span>
        <span className="flex h-5 items-center gap-2 overflow-hidden text-[13px]">
          {reason === undefined ? (
            <span className="text-ink-muted truncate">{device.deviceType}</span>
          ) : (
            <ReasonBadge reason={reason} />
          )}
          {isUpdating && (
            <span className="ml-auto">
              <UpdateStatus device={device} />
            </span>
          )}
        </span>
      </Link>
    </li>
  )
})
