import { useInfiniteQuery } from '@tanstack/react-query'
import { GitCompare, Package, Plus } from 'lucide-react'
import { Link } from 'react-router'
import { releaseStatus, type ReleaseRow } from '#contract/release'
import { releaseStatusWords } from '@/domain/release-status'
import { formatCount, formatNoun } from '@/lib/format'
import { useMay } from '@/lib/permission'
import { useMissing } from '@/lib/source'
import { useSearchState } from '@/lib/search-state'
import { Button, buttonClass } from '@/ui/button'
import { FilterMenu, type FilterOption } from '@/ui/filter-menu'
import { Panel } from '@/ui/panel'
import { QueryView } from '@/ui/query-view'
import { SearchInput } from '@/ui/search-input'
import { EmptyState } from '@/ui/states'
import { HeaderCell, Table } from '@/ui/table'
import { useIsNarrow } from '@/ui/use-is-narrow'
import { releaseListSearch, toggleCompared } from './release-list-search'
import { ReleaseCard, ReleaseTableRow } from './release-row'
import { releaseKeys, releaseQueries } from './releases.queries'
import { useReleasesLive } from './use-releases-live'

type ReleaseListProps = {
  /** Shows this fleet's releases only, and no fleet filter. */
  fleetId?: number
  /** Fleets to filter by, where the list is of all. */
  fleets?: FilterOption[]
}

/** Releases, newest first; two can be chosen to compare. Filters live in the URL. */
export function ReleaseList({ fleetId, fleets = [] }: ReleaseListProps) {
  const [search, update] = useSearchState(releaseListSearch)
  const cannotCreate = useMissing('create-releases')
  const mayCreate = useMay('release-manager') && cannotCreate === null
  const fleet = fleetId ?? search.fleetId
  const filter = { q: search.q, status: search.status, ...(fleet === undefined ? {} : { fleetId: fleet }) }
  const query = useInfiniteQuery(releaseQueries.list(filter))
  const pages = query.data?.pages
  const first = pages?.[0]
  const cursor = pages === undefined ? null : Math.min(...pages.map((page) => page.cursor))
  useReleasesLive(fleet, releaseKeys.list(filter), cursor)
  const isFiltered = search.q !== '' || search.status.length > 0
  const [from, to] = [...search.compare].sort((a, b) => a - b)
  const rows = pages?.flatMap((page) => page.rows) ?? []
  const comparedFleets = new Set(
    rows.filter((row) => search.compare.includes(row.id)).map((row) => row.fleetId),
  )
  const hasFleet = fleetId === undefined
  const createLink = mayCreate ? (
    <Link
      to={fleet === undefined ? '/releases/new' : `/releases/new?fleetId=${fleet}`}
      className={buttonClass()}
    >
      <Plus className="size-4" aria-hidden />
      New release
    </Link>
  ) : undefined
  return (
    <Panel isFlush label="Releases">
      <div className="flex flex-wrap items-center gap-2 p-3">
        <SearchInput
          label="Search releases"
          placeholder="Version, commit or notes"
          value={search.q}
          onChange={(q) => update({ q }, { replace: true })}
          className="w-full sm:w-72"
        />
        <FilterMenu
          label="Status"
          options={releaseStatus.options.map((status) => ({
            value: status,
            label: releaseStatusWords[status].label,
            count: first?.statusCounts[status] ?? 0,
          }))}
          selected={search.status}
          onChange={(status) => update({ status: releaseListSearch.shape.status.parse(status) })}
        />
        {hasFleet && fleets.length > 0 && (
          <FilterMenu
            label="Fleet"
            options={fleets}
            selected={search.fleetId === undefined ? [] : [String(search.fleetId)]}
            onChange={(chosen) => {
              const last = chosen.at(-1)
              update({ fleetId: last === undefined ? undefined : Number(last), compare: [] })
            }}
          />
        )}
        {first && (
          <span className="text-ink-muted text-[13px] tabular-nums">
            {formatNoun(first.total, 'release')}
          </span>
        )}
        <span className="flex-1" />
        {search.compare.length > 0 && (
          <>
            <Button variant="ghost" onClick={() => update({ compare: [] })}>
              Clear choice
            </Button>
            {from !== undefined && to !== undefined && comparedFleets.size < 2 ? (
              <Link to={`/releases/compare?from=${from}&to=${to}`} className={buttonClass('primary')}>
                <GitCompare className="size-4" aria-hidden />
                Compare 2
              </Link>
            ) : (
              <span className="text-ink-muted text-[13px]">
                {search.compare.length === 1
                  ? 'Choose one more to compare'
                  : 'Releases of two fleets cannot be compared'}
              </span>
            )}
          </>
        )}
        {createLink}
      </div>
      <QueryView query={query} what="releases">
        {() =>
          rows.length === 0 ? (
            isFiltered || (hasFleet && search.fleetId !== undefined) ? (
              <EmptyState
                title="No release matches"
                action={
                  <Button onClick={() => update({ q: '', status: [], fleetId: undefined })}>
                    Clear search and filters
                  </Button>
                }
              />
            ) : (
              <EmptyState icon={Package} title="No releases yet" action={createLink}>
                A release is what devices run: the services of a docker-compose.yml with their images.{' '}
                {cannotCreate ?? 'Make one here, or from CI with an API token.'}
              </EmptyState>
            )
          ) : (
            <>
              <ReleaseRows
                releases={rows}
                hasFleet={hasFleet}
                compared={search.compare}
                onCompare={(id) => update({ compare: toggleCompared(search.compare, id) }, { replace: true })}
              />
              {query.hasNextPage && (
                <div className="flex items-center justify-center gap-3 p-3">
                  <Button isPending={query.isFetchingNextPage} onClick={() => void query.fetchNextPage()}>
                    Show more
                  </Button>
                  <span className="text-ink-muted text-[13px] tabular-nums">
                    {formatCount(rows.length)} of {formatCount(first?.total ?? 0)}
                  </span>
                </div>
              )}
            </>
          )
        }
      </QueryView>
    </Panel>
  )
}

type ReleaseRowsProps = {
  releases: readonly ReleaseRow[]
  hasFleet: boolean
  compared: readonly number[]
  onCompare: (releaseId: number) => void
}

function ReleaseRows({ releases, hasFleet, compared, onCompare }: ReleaseRowsProps) {
  const isNarrow = useIsNarrow()
  const itemOf = (release: ReleaseRow) => ({
    release,
    hasFleet,
    isCompared: compared.includes(release.id),
    onCompare: () => onCompare(release.id),
  })
  if (isNarrow)
    return (
      <ul className="divide-line border-line divide-y border-t" aria-label="Releases">
        {releases.map((release) => (
          <ReleaseCard key={release.id} {...itemOf(release)} />
        ))}
      </ul>
    )
  return (
    <Table label="Releases">
      <thead>
        <tr>
          <HeaderCell className="w-8 pr-0">
            <span className="sr-only">Compare</span>
          </HeaderCell>
          <HeaderCell>Version</HeaderCell>
          <HeaderCell>Commit</HeaderCell>
          {hasFleet && <HeaderCell>Fleet</HeaderCell>}
          <HeaderCell>Status</HeaderCell>
          <HeaderCell className="text-right">Services</HeaderCell>
          <HeaderCell className="text-right">Size</HeaderCell>
          <HeaderCell className="text-right" title="Devices that run it / that should run it">
            Running / target
          </HeaderCell>
          <HeaderCell>Notes</HeaderCell>
          <HeaderCell>Created</HeaderCell>
        </tr>
      </thead>
      <tbody>
        {releases.map((release) => (
          <ReleaseTableRow key={release.id} {...itemOf(release)} />
        ))}
      </tbody>
    </Table>
  )
}
