import { useQueryClient } from '@tanstack/react-query'
import { RefreshCw } from 'lucide-react'
import type { RolloutDetail } from '#contract/rollout'
import { rolloutDeviceWords } from '@/domain/device-words'
import { rolloutStateOrder } from '@/domain/rollout-states'
import { formatCount, formatNoun } from '@/lib/format'
import { useLiveQuery } from '@/live/use-live-query'
import { Button } from '@/ui/button'
import { FilterMenu } from '@/ui/filter-menu'
import { Panel } from '@/ui/panel'
import { QueryView } from '@/ui/query-view'
import { SearchInput } from '@/ui/search-input'
import { EmptyState } from '@/ui/states'
import { HeaderCell, Table } from '@/ui/table'
import { useIsNarrow } from '@/ui/use-is-narrow'
import { Pager } from './pager'
import { countMoved } from './rollout-device-places'
import { RolloutDeviceCard } from './rollout-device-card'
import { RolloutDeviceRow } from './rollout-device-row'
import { rolloutSearch, type RolloutSearch } from './rollout-search'
import { rolloutKeys, rolloutQueries, type PlacedDevicePage } from './rollouts.queries'

type RolloutDevicesProps = {
  rollout: RolloutDetail
  search: RolloutSearch
  onChange: (change: Partial<RolloutSearch>) => void
}

/** The page of devices the URL names; the rows it holds are watched. */
function useDevicePage(rolloutId: number, { q, state, after }: RolloutSearch) {
  const client = useQueryClient()
  const filter = { q, state, after }
  const queryKey = rolloutKeys.devices(rolloutId, filter)
  const uuids = client.getQueryData<PlacedDevicePage>(queryKey)?.rows.map((row) => row.uuid) ?? []
  const query = useLiveQuery(rolloutQueries.devices(rolloutId, filter, uuids))
  return { query, filter, refresh: () => void client.invalidateQueries({ queryKey, exact: true }) }
}

/** Every device of the rollout: unfinished and failed ones first, moving in place as they report. */
export function RolloutDevices({ rollout, search, onChange }: RolloutDevicesProps) {
  const { query, filter, refresh } = useDevicePage(rollout.id, search)
  const moved = query.data && !query.isPlaceholderData ? countMoved(query.data, filter, rollout.counts) : 0
  const hasPhase = rollout.phases.length > 1
  return (
    <Panel title="Devices" isFlush>
      <div className="flex flex-wrap items-center gap-2 p-3">
        <SearchInput
          label="Search devices of the rollout"
          placeholder="Name, uuid or reason"
          value={search.q}
          onChange={(q) => onChange({ q, after: undefined })}
          className="w-full sm:w-72"
        />
        <FilterMenu
          label="State"
          options={rolloutStateOrder.map((state) => ({
            value: state,
            label: rolloutDeviceWords[state].label,
            count: rollout.counts[state],
          }))}
          selected={search.state}
          onChange={(state) => onChange({ state: rolloutSearch.shape.state.parse(state), after: undefined })}
        />
        {query.data && (
          <span className="text-ink-muted text-[13px] tabular-nums">
            {formatNoun(query.data.total, 'device')}
          </span>
        )}
        <span className="flex-1" />
        {/* Takes its room even when there is nothing to say, so that nothing moves. */}
        <Button
          variant="ghost"
          className={moved === 0 ? 'invisible' : ''}
          icon={<RefreshCw className="size-4" aria-hidden />}
          onClick={refresh}
        >
          {formatCount(moved)} changed place
        </Button>
      </div>
      <QueryView query={query} what="devices">
        {(page) =>
          page.rows.length === 0 ? (
            <EmptyState
              title="No device matches"
              action={
                <Button onClick={() => onChange({ q: '', state: [], after: undefined })}>
                  Clear search and filter
                </Button>
              }
            />
          ) : (
            <>
              <DeviceRows page={page} hasPhase={hasPhase} />
              <Pager next={page.next} after={search.after} onChange={(after) => onChange({ after })} />
            </>
          )
        }
      </QueryView>
    </Panel>
  )
}

function DeviceRows({ page, hasPhase }: { page: PlacedDevicePage; hasPhase: boolean }) {
  const isNarrow = useIsNarrow()
  if (isNarrow)
    return (
      <ul className="divide-line border-line divide-y border-t">
        {page.rows.map((device) => (
          <RolloutDeviceCard key={device.uuid} device={device} hasPhase={hasPhase} />
        ))}
      </ul>
    )
  return (
    <Table label="Devices of the rollout">
      <thead>
        <tr>
          <HeaderCell>Device</HeaderCell>
          {hasPhase && <HeaderCell>Phase</HeaderCell>}
          <HeaderCell>State</HeaderCell>
          <HeaderCell>Reason</HeaderCell>
          <HeaderCell>Sent</HeaderCell>
          <HeaderCell>Ran before</HeaderCell>
          <HeaderCell>Changed</HeaderCell>
        </tr>
      </thead>
      <tbody>
        {page.rows.map((device) => (
          <RolloutDeviceRow key={device.uuid} device={device} hasPhase={hasPhase} />
        ))}
      </tbody>
    </Table>
  )
}
