import { useQueryClient } from '@tanstack/react-query'
import { RefreshCw, Send } from 'lucide-react'
import { Link } from 'react-router'
import { rolloutNeeds } from '#contract/ability-needs'
import { rolloutState, type RolloutRow } from '#contract/rollout'
import { rolloutWords } from '@/domain/device-words'
import { formatCount, formatNoun } from '@/lib/format'
import { useMay } from '@/lib/permission'
import { useSource, whyMissing } from '@/lib/source'
import { useSearchState } from '@/lib/search-state'
import { useLiveQuery } from '@/live/use-live-query'
import { Button, buttonClass } from '@/ui/button'
import { FilterMenu, type FilterOption } from '@/ui/filter-menu'
import { Panel } from '@/ui/panel'
import { QueryView } from '@/ui/query-view'
import { SearchInput } from '@/ui/search-input'
import { EmptyState } from '@/ui/states'
import { HeaderCell, Table } from '@/ui/table'
import { useIsNarrow } from '@/ui/use-is-narrow'
import { Pager } from './pager'
import { countLeft, rolloutListSearch } from './rollout-list-search'
import { RolloutCard, RolloutTableRow } from './rollout-row'
import { rolloutKeys, rolloutQueries } from './rollouts.queries'

type RolloutListProps = {
  /** Shows this fleet's rollouts only, and no fleet filter. */
  fleetId?: number
  /** Fleets to filter by, where the list is of all. */
  fleets?: FilterOption[]
}

/** Rollouts, newest first, moving by themselves. Filters live in the URL. */
export function RolloutList({ fleetId, fleets = [] }: RolloutListProps) {
  const [search, update] = useSearchState(rolloutListSearch)
  const source = useSource()
  const canSend = Object.values(rolloutNeeds).some((needed) => whyMissing(source, [needed]) === null)
  const mayStart = useMay('release-manager') && canSend
  const fleet = fleetId ?? search.fleetId
  const client = useQueryClient()
  const filter = { fleetId: fleet, state: search.state, q: search.q.trim(), after: search.after }
  const query = useLiveQuery(rolloutQueries.list(filter))
  const hasFleet = fleetId === undefined
  const left = query.data && !query.isPlaceholderData ? countLeft(query.data.rows, search) : 0
  const isFiltered = filter.q !== '' || search.state.length > 0 || (hasFleet && search.fleetId !== undefined)
  const startLink = mayStart ? (
    <Link
      to={fleet === undefined ? '/rollouts/new' : `/rollouts/new?fleetId=${fleet}`}
      className={buttonClass()}
    >
      <Send className="size-4" aria-hidden />
      New rollout
    </Link>
  ) : undefined
  return (
    <Panel isFlush label="Rollouts">
      <div className="flex flex-wrap items-center gap-2 p-3">
        <SearchInput
          label="Search rollouts"
          placeholder="Release, fleet, person or #number"
          value={search.q}
          onChange={(q) => update({ q, after: undefined }, { replace: true })}
          className="w-full sm:w-72"
        />
        <FilterMenu
          label="State"
          options={rolloutState.options.map((state) => ({
            value: state,
            label: rolloutWords[state].label,
            count: query.data?.stateCounts[state] ?? 0,
          }))}
          selected={search.state}
          onChange={(state) =>
            update({ state: rolloutListSearch.shape.state.parse(state), after: undefined })
          }
        />
        {hasFleet && fleets.length > 0 && (
          <FilterMenu
            label="Fleet"
            options={fleets}
            selected={search.fleetId === undefined ? [] : [String(search.fleetId)]}
            onChange={(chosen) => {
              const last = chosen.at(-1)
              update({ fleetId: last === undefined ? undefined : Number(last), after: undefined })
            }}
          />
        )}
        {query.data && (
          <span className="text-ink-muted text-[13px] tabular-nums">
            {formatNoun(query.data.total, 'rollout')}
          </span>
        )}
        <span className="flex-1" />
        {/* Takes its room even when there is nothing to say, so that nothing moves. */}
        {search.state.length > 0 && (
          <Button
            variant="ghost"
            className={left === 0 ? 'invisible' : ''}
            icon={<RefreshCw className="size-4" aria-hidden />}
            onClick={() => void client.invalidateQueries({ queryKey: rolloutKeys.list(filter), exact: true })}
          >
            {formatCount(left)} changed state
          </Button>
        )}
        {startLink}
      </div>
      <QueryView query={query} what="rollouts">
        {(page) =>
          page.rows.length === 0 ? (
            isFiltered || search.after !== undefined ? (
              <EmptyState
                title="No rollout matches"
                action={
                  <Button onClick={() => update({ q: '', state: [], fleetId: undefined, after: undefined })}>
                    Clear search and filters
                  </Button>
                }
              />
            ) : (
              <EmptyState icon={Send} title="No rollouts yet" action={startLink}>
                A rollout sends a release to a fleet, or a part of it, and follows every device on its way
                there. Sending an older release works the same.
              </EmptyState>
            )
          ) : (
            <>
              <RolloutRows rollouts={page.rows} hasFleet={hasFleet} />
              <Pager next={page.next} after={search.after} onChange={(after) => update({ after })} />
            </>
          )
        }
      </QueryView>
    </Panel>
  )
}

function RolloutRows({ rollouts, hasFleet }: { rollouts: readonly RolloutRow[]; hasFleet: boolean }) {
  const isNarrow = useIsNarrow()
  if (isNarrow)
    return (
      <ul className="divide-line border-line divide-y border-t" aria-label="Rollouts">
        {rollouts.map((rollout) => (
          <RolloutCard key={rollout.id} rollout={rollout} hasFleet={hasFleet} />
        ))}
      </ul>
    )
  return (
    <Table label="Rollouts">
      <thead>
        <tr>
          <HeaderCell>Release</HeaderCell>
          {hasFleet && <HeaderCell>Fleet</HeaderCell>}
          <HeaderCell>State</HeaderCell>
          <HeaderCell>Devices</HeaderCell>
          <HeaderCell>Started</HeaderCell>
          <HeaderCell>Ended</HeaderCell>
        </tr>
      </thead>
      <tbody>
        {rollouts.map((rollout) => (
          <RolloutTableRow key={rollout.id} rollout={rollout} hasFleet={hasFleet} />
        ))}
      </tbody>
    </Table>
  )
}
