import { ArrowDown, ArrowUp } from 'lucide-react'
import { memo } from 'react'
import { cn } from '@/lib/cn'
import { Checkbox } from '@/ui/checkbox'
import { columns, healthColumn } from './device-columns'
import type { DeviceColumn, DeviceListSearch } from './device-list-search'

export type Sorting = {
  sort: DeviceListSearch['sort']
  direction: DeviceListSearch['direction']
  onSort: (sort: DeviceListSearch['sort'], direction: DeviceListSearch['direction']) => void
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

type TableHeadProps = Sorting & {
  shown: readonly DeviceColumn[]
  selectedState: 'none' | 'some' | 'all'
  onSelectAll: (isSelected: boolean) => void
}

/** Not drawn anew while rows scroll by. */
export const TableHead = memo(function TableHead(props: TableHeadProps) {
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
        <Header {...sorting} label="Name" by="name" className="sticky left-[40px] z-1" />
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
})
