import { Download, RefreshCw, SlidersHorizontal } from 'lucide-react'
import { memo, useCallback, useMemo, useState } from 'react'
import type { DeviceFilter, DeviceSelection } from '#contract/device'
import { apiPath } from '@/lib/api'
import { formatCount, formatNoun } from '@/lib/format'
import { createPart, usePart } from '@/lib/part'
import { useSearchState } from '@/lib/search-state'
import { Button, buttonClass } from '@/ui/button'
import { FilterMenu } from '@/ui/filter-menu'
import { PART_MISSING } from '@/ui/hanging'
import { SearchInput } from '@/ui/search-input'
import { ErrorState, LoadingState } from '@/ui/states'
import { toast } from '@/ui/toast.store'
import { columns as columnWords } from './device-columns'
import { DeviceFilters } from './device-filters'
import { NoDevices, NoMatch } from './device-list-empty'
import { countFilters, deviceColumns, deviceListSearch, filterOf, noFilters } from './device-list-search'
import { DeviceTable } from './device-table'
import type { Sorting } from './device-table-head'
import { useAutoRefresh } from './use-auto-refresh'
import { useDeviceList } from './use-device-list'
import { useDeviceSelection } from './use-device-selection'
import { useShownRange } from './use-shown-range'
import { ViewsMenu } from './views-menu'

/** What is done to many devices is fetched when the first is selected. */
const bulkPart = createPart(() => import('./bulk-bar'))

/** Not drawn anew while rows scroll by. */
const ListTools = memo(function ListTools(props: {
  fleetId: number | undefined
  filter: DeviceFilter
  shown: readonly string[]
  offered: readonly (typeof deviceColumns)[number][]
  onColumns: (columns: (typeof deviceColumns)[number][]) => void
}) {
  return (
    <div className="ml-auto flex items-center gap-2">
      <div className="hidden sm:block">
        <FilterMenu
          label="Columns"
          isChoice
          options={props.offered.map((name) => ({ value: name, label: columnWords[name].label }))}
          selected={props.shown}
          onChange={(next) => props.onColumns(deviceColumns.filter((name) => next.includes(name)))}
        />
      </div>
      <ViewsMenu fleetId={props.fleetId ?? null} />
      <a
        href={apiPath('exportDevices', { query: props.filter })}
        download="wheelhouse-devices.csv"
        className={buttonClass()}
      >
        <Download className="size-4" aria-hidden />
        CSV
      </a>
    </div>
  )
})

/** The devices of one fleet, or of all: found, ordered, watched and acted on. What is shown is held in the URL. */
export function DeviceList({ fleetId }: { fleetId?: number }) {
  const [search, update] = useSearchState(deviceListSearch)
  const filter = useMemo(() => filterOf(search, fleetId), [search, fleetId])
  const [range, seeRange] = useShownRange({ first: 0, last: 39 })
  const list = useDeviceList(filter, search, range)
  const selected = useDeviceSelection(JSON.stringify(filter), list)
  const auto = useAutoRefresh({
    // Whoever has scrolled down is reading there.
    isNeeded: list.driftCount > 0 && selected.count === 0 && range.first === 0,
    refresh: list.refresh,
  })
  const bulk = usePart(bulkPart, selected.count > 0, () => toast('critical', PART_MISSING))

  const [isOpen, setOpen] = useState(false)
  const filters = countFilters(search, fleetId !== undefined)
  const isOfFleet = fleetId !== undefined
  const offered = useMemo(() => deviceColumns.filter((name) => name !== 'fleet' || !isOfFleet), [isOfFleet])
  const setColumns = useCallback(
    (columns: (typeof deviceColumns)[number][]) => update({ columns }, { replace: true }),
    [update],
  )
  // Kept as it is: rows are drawn anew only for what changed.
  const shown = useMemo(
    () => deviceColumns.filter((name) => search.columns.includes(name) && (name !== 'fleet' || !isOfFleet)),
    [search.columns, isOfFleet],
  )
  const sortBy = useCallback<Sorting['onSort']>((sort, direction) => update({ sort, direction }), [update])
  const clearFilters = () => update({ ...noFilters, fleetId: undefined })
  const selection: DeviceSelection = selected.isAllMatching
    ? { kind: 'filter', filter, expectedCount: list.total }
    : { kind: 'uuids', uuids: [...selected.uuids] }

  // The search and the filters stay: what was asked for may be what failed.
  const failure = list.hasData ? null : list.error
  return (
    <div className="space-y-3">
      <div className="flex min-h-9 flex-wrap items-center gap-x-3 gap-y-2">
        <div role="search" aria-label="Find devices" className="flex w-full min-w-0 gap-2 sm:w-auto">
          <SearchInput
            label="Search devices"
            placeholder="Name, uuid, IP or tag"
            value={search.q}
            onChange={(q) => update({ q }, { replace: true })}
            className="flex-1 sm:w-64 sm:flex-none"
          />
          <Button
            className="sm:hidden"
            aria-expanded={isOpen}
            icon={<SlidersHorizontal className="size-4" aria-hidden />}
            onClick={() => setOpen(!isOpen)}
          >
            Filters{filters > 0 ? ` (${filters})` : ''}
          </Button>
        </div>
        {selected.count > 0 && bulk ? (
          <bulk.BulkBar
            selection={selection}
            count={selected.count}
            total={list.total}
            fleetId={filter.fleetId}
          />
        ) : (
          <>
            <p className="text-ink-muted tabular-nums" role="status">
              {!list.hasData
                ? failure === null && 'Loading…'
                : `${formatNoun(list.total, 'device')}${filters > 0 ? (list.total === 1 ? ' matches' : ' match') : ''}`}
            </p>
            <ListTools
              fleetId={fleetId}
              filter={filter}
              shown={shown}
              offered={offered}
              onColumns={setColumns}
            />
          </>
        )}
      </div>
      <DeviceFilters
        search={search}
        filter={filter}
        update={update}
        isOfFleet={fleetId !== undefined}
        isOpen={isOpen}
      />
      <div className="relative" {...auto}>
        {failure !== null ? (
          <ErrorState error={failure} onRetry={list.retry} />
        ) : !list.hasData ? (
          <LoadingState what="devices" />
        ) : list.length === 0 ? (
          filters > 0 ? (
            <NoMatch onClear={clearFilters} />
          ) : (
            <NoDevices fleetId={fleetId} />
          )
        ) : (
          <DeviceTable
            listKey={list.key}
            rowAt={list.rowAt}
            length={list.length}
            total={list.total}
            shown={shown}
            left={list.left}
            sort={search.sort}
            direction={search.direction}
            onSort={sortBy}
            isSelected={selected.isSelected}
            onSelect={selected.select}
            selectedState={selected.state}
            onSelectAll={selected.selectLoaded}
            onVisible={seeRange}
            isLoadingMore={list.isLoadingMore}
          />
        )}
        {/* A phone shows only the upper part of the list's box. */}
        <div className="pointer-events-none fixed inset-x-2 bottom-4 z-3 flex flex-col items-center gap-2 sm:absolute">
          {list.error && list.hasData && (
            <div className="border-line bg-raised shadow-pop pointer-events-auto flex items-center gap-3 rounded-lg border px-3 py-2 text-[13px]">
              <p role="alert" className="text-attention">
                {list.hasMissing ? 'Not all rows could be loaded' : 'Shown as last known'}:{' '}
                {list.error.message}
              </p>
              <Button size="sm" className="shrink-0" onClick={list.retry}>
                Try again
              </Button>
            </div>
          )}
          {list.driftCount > 0 && (
            <Button
              variant="primary"
              className="shadow-pop pointer-events-auto rounded-full"
              isPending={list.isRefreshing}
              icon={<RefreshCw className="size-4" aria-hidden />}
              onClick={list.refresh}
            >
              {formatCount(list.driftCount)} changed: refresh the list
            </Button>
          )}
        </div>
      </div>
    </div>
  )
}
