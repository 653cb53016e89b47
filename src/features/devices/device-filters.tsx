import { useQuery } from '@tanstack/react-query'
import { memo } from 'react'
import type { DeviceFacets, DeviceFilter } from '#contract/device'
import { connectivities, updateStates } from '#contract/device-states'
import { healthCodes, healthStates } from '#contract/health-states'
import { connectivityWords, healthWords, reasonWords, updateWords } from '@/domain/device-words'
import { cn } from '@/lib/cn'
import { Button } from '@/ui/button'
import { Select } from '@/ui/field'
import { FilterMenu, type FilterOption } from '@/ui/filter-menu'
import { countFilters, noFilters, type DeviceListSearch } from './device-list-search'
import { deviceQueries } from './devices.queries'

type Update = (change: Partial<DeviceListSearch>, options?: { replace?: boolean }) => void
type FacetName = keyof DeviceFacets

/** The facet's values in the order of the words, with every word that has a count. */
function worded(
  facet: DeviceFacets[FacetName] | undefined,
  order: readonly string[],
  word: (value: string) => string,
): FilterOption[] {
  const counts = new Map((facet ?? []).map((entry) => [entry.value, entry.count]))
  return order
    .filter((value) => counts.has(value))
    .map((value) => ({ value, label: word(value), count: counts.get(value) ?? 0 }))
}

/** Words by a key that came as text. */
const labelOf =
  (words: Record<string, string | { label: string }>) =>
  (value: string): string => {
    const word = words[value] ?? value
    return typeof word === 'string' ? word : word.label
  }

function FleetSelect({
  value,
  onChange,
}: {
  value: number | undefined
  onChange: (id: number | undefined) => void
}) {
  const fleets = useQuery(deviceQueries.fleets())
  return (
    <Select
      aria-label="Fleet"
      className={cn('w-auto! max-w-52', value === undefined ? 'border-line!' : 'border-accent!')}
      value={value ?? ''}
      onChange={(event) => onChange(event.target.value === '' ? undefined : Number(event.target.value))}
    >
      <option value="">All fleets</option>
      {fleets.data?.fleets.map((fleet) => (
        <option key={fleet.id} value={fleet.id}>
          {fleet.name}
        </option>
      ))}
      {value !== undefined && fleets.data?.fleets.every((fleet) => fleet.id !== value) === true && (
        <option value={value}>Fleet {value} (unknown)</option>
      )}
    </Select>
  )
}

type DeviceFiltersProps = {
  search: DeviceListSearch
  filter: DeviceFilter
  update: Update
  /** The list belongs to a fleet's page, so there is no fleet to choose. */
  isOfFleet: boolean
  /** On a narrow screen they are behind a button. */
  isOpen: boolean
}

/** Every filter with how many devices each value would leave; not drawn anew while rows scroll by. */
export const DeviceFilters = memo(function DeviceFilters(props: DeviceFiltersProps) {
  const { search, filter, update, isOfFleet, isOpen } = props
  const facets = useQuery(deviceQueries.facets(filter)).data
  const filters = countFilters(search, isOfFleet)
  const clear = () => update({ ...noFilters, ...(isOfFleet ? {} : { fleetId: undefined }) })
  return (
    <div
      role="group"
      aria-label="Filters"
      className={cn('flex-wrap items-center gap-2 sm:flex', isOpen ? 'flex' : 'hidden')}
    >
      {!isOfFleet && <FleetSelect value={search.fleetId} onChange={(fleetId) => update({ fleetId })} />}
      <FilterMenu
        label="Health"
        options={worded(facets?.health, healthStates, labelOf(healthWords))}
        selected={search.health}
        onChange={(next) => update({ health: healthStates.filter((value) => next.includes(value)) })}
      />
      <FilterMenu
        label="Connectivity"
        options={worded(facets?.connectivity, connectivities, labelOf(connectivityWords))}
        selected={search.connectivity}
        onChange={(next) => update({ connectivity: connectivities.filter((value) => next.includes(value)) })}
      />
      <FilterMenu
        label="Reason"
        options={worded(facets?.reason, healthCodes, labelOf(reasonWords))}
        selected={search.reason}
        onChange={(next) => update({ reason: healthCodes.filter((value) => next.includes(value)) })}
      />
      <FilterMenu
        label="Update"
        options={worded(facets?.update, updateStates, labelOf(updateWords))}
        selected={search.update}
        onChange={(next) => update({ update: updateStates.filter((value) => next.includes(value)) })}
      />
      <FilterMenu
        label="Release"
        options={facets?.release ?? []}
        selected={search.release}
        onChange={(release) => update({ release })}
      />
      <FilterMenu
        label="Host OS"
        options={facets?.os ?? []}
        selected={search.os}
        onChange={(os) => update({ os })}
      />
      <FilterMenu
        label="Type"
        options={facets?.deviceType ?? []}
        selected={search.deviceType}
        onChange={(deviceType) => update({ deviceType })}
      />
      <FilterMenu
        label="Tag"
        options={facets?.tag ?? []}
        selected={search.tag}
        onChange={(tag) => update({ tag })}
      />
      <FilterMenu
        label="Pinned"
        options={facets?.pinned ?? []}
        selected={search.pinned === undefined ? [] : [String(search.pinned)]}
        // One of the two: the one just ticked.
        onChange={(next) => update({ pinned: next.length === 0 ? undefined : next.at(-1) === 'true' })}
      />
      <Button variant="ghost" onClick={clear} className={cn(filters === 0 && 'invisible')}>
        Clear all
      </Button>
    </div>
  )
})
