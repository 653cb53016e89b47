import type { DeviceFacets } from '#contract/device'
import { Button } from '@/ui/button'
import { FilterMenu } from '@/ui/filter-menu'
import { SearchInput } from '@/ui/search-input'
import { isNarrowed, noNarrowing, rolloutPlanSearch, type RolloutPlanSearch } from './rollout-plan-search'

type RolloutNarrowingProps = {
  search: RolloutPlanSearch
  facets: DeviceFacets | undefined
  onChange: (change: Partial<RolloutPlanSearch>) => void
}

const parts = ['deviceType', 'health', 'connectivity', 'release', 'tag'] as const
const labels: Record<(typeof parts)[number], string> = {
  deviceType: 'Device type',
  health: 'Health',
  connectivity: 'Connectivity',
  release: 'Runs now',
  tag: 'Tag',
}

/** Which devices of the fleet the rollout is for; nothing chosen means all of them. */
export function RolloutNarrowing({ search, facets, onChange }: RolloutNarrowingProps) {
  return (
    <div className="space-y-2">
      <div className="flex flex-wrap items-center gap-2">
        <SearchInput
          label="Search devices"
          placeholder="Name, uuid, address or tag value"
          value={search.q}
          onChange={(q) => onChange({ q })}
          className="w-full sm:w-64"
        />
        {parts.map((part) => (
          <FilterMenu
            key={part}
            label={labels[part]}
            options={facets?.[part] ?? []}
            selected={search[part]}
            onChange={(chosen) => onChange({ [part]: rolloutPlanSearch.shape[part].parse(chosen) })}
          />
        ))}
        {isNarrowed(search) && (
          <Button variant="ghost" onClick={() => onChange(noNarrowing)}>
            All of the fleet
          </Button>
        )}
      </div>
      <p className="text-ink-muted text-[13px]">
        {isNarrowed(search)
          ? 'A part of the fleet, as it is at the start: devices that match later are not taken in, and the fleet’s own target stays.'
          : search.what === 'host-os'
            ? 'The whole fleet. Pinned devices take part: a pin names a release, not a host OS.'
            : 'The whole fleet. Once nobody waits any more its target becomes this release, so devices that join later get it too.'}
      </p>
    </div>
  )
}
