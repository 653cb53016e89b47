import { Boxes } from 'lucide-react'
import { useState, type ReactNode } from 'react'
import type { FleetSummary } from '#contract/fleet'
import { formatCount, formatNoun } from '@/lib/format'
import { useSearchState } from '@/lib/search-state'
import { useMissing } from '@/lib/source'
import { Button } from '@/ui/button'
import { Select } from '@/ui/field'
import { FilterMenu } from '@/ui/filter-menu'
import { SearchInput } from '@/ui/search-input'
import { EmptyState } from '@/ui/states'
import { FleetCard } from './fleet-card'
import {
  calmOrder,
  countTroubles,
  fleetListSearch,
  fleetSorts,
  fleetTroubles,
  selectFleets,
  type FleetSort,
  type FleetTrouble,
} from './fleet-list-view'

const troubleWords: Record<FleetTrouble, string> = {
  critical: 'Critical devices',
  attention: 'Devices that need attention',
  offline: 'Devices offline',
  updating: 'Devices updating',
  rollout: 'A running rollout',
}
const sortWords: Record<FleetSort, string> = {
  trouble: 'Most trouble first',
  name: 'By name',
  devices: 'Most devices first',
}
const isTrouble = (value: string): value is FleetTrouble => fleetTroubles.some((one) => one === value)
const isSort = (value: string): value is FleetSort => fleetSorts.some((one) => one === value)

/** All fleets as cards. While the pointer or the focus is on one, live changes do not move them. */
export function FleetList({ fleets, create }: { fleets: readonly FleetSummary[]; create: ReactNode }) {
  const whyNot = useMissing('create-fleets')
  const [search, update] = useSearchState(fleetListSearch)
  const [held, setHeld] = useState<readonly number[] | null>(null)
  const shown = selectFleets(fleets, search)
  const wanted = shown.map((fleet) => fleet.id)
  const order = calmOrder(held, wanted)
  const hasMoved = order.some((id, index) => id !== wanted[index])
  const byId = new Map(shown.map((fleet) => [fleet.id, fleet]))
  if (fleets.length === 0)
    return (
      <EmptyState icon={Boxes} title="No fleets yet" action={create}>
        A fleet is a group of devices that run the same releases.{' '}
        {create === undefined
          ? (whyNot ?? 'Ask an administrator to create the first one.')
          : 'Create one, make a provisioning key in its settings, and start a device with it.'}
      </EmptyState>
    )
  const counts = countTroubles(fleets, search.q)
  const letGo = () => setHeld(null)
  return (
    <div className="space-y-4">
      <div className="flex flex-wrap items-center gap-2">
        <SearchInput
          label="Search fleets"
          value={search.q}
          onChange={(q) => update({ q }, { replace: true })}
          className="w-full sm:w-72"
        />
        <FilterMenu
          label="With"
          options={fleetTroubles.map((value) => ({
            value,
            label: troubleWords[value],
            count: counts[value],
          }))}
          selected={search.with}
          onChange={(values) => update({ with: values.filter(isTrouble) })}
        />
        <div className="min-w-40 flex-1 sm:w-52 sm:flex-none">
          <Select
            aria-label="Sort"
            value={search.sort}
            onChange={(event) => {
              if (isSort(event.target.value)) update({ sort: event.target.value })
            }}
          >
            {fleetSorts.map((sort) => (
              <option key={sort} value={sort}>
                {sortWords[sort]}
              </option>
            ))}
          </Select>
        </div>
        {shown.length < fleets.length && (
          <span className="text-ink-muted text-[13px] tabular-nums">
            {formatCount(shown.length)} of {formatNoun(fleets.length, 'fleet')}
          </span>
        )}
        {hasMoved && (
          <span className="text-ink-muted ml-auto text-[13px]">
            The order changed; it is kept while you are in the list.
          </span>
        )}
      </div>
      <div
        className="space-y-4"
        onPointerEnter={() => setHeld(order)}
        onPointerLeave={letGo}
        onFocus={() => setHeld((before) => before ?? order)}
        onBlur={letGo}
      >
        {order.map((id) => {
          const fleet = byId.get(id)
          return fleet && <FleetCard key={id} fleet={fleet} />
        })}
      </div>
      {shown.length === 0 && (
        <EmptyState
          title={`0 of ${formatNoun(fleets.length, 'fleet')} match`}
          action={<Button onClick={() => update({ q: '', with: [] })}>Clear search and filter</Button>}
        />
      )}
    </div>
  )
}
