import { useInfiniteQuery, useQuery, useQueryClient } from '@tanstack/react-query'
import { Download, History, RotateCw } from 'lucide-react'
import { actorKinds } from '#contract/audit'
import { fleetNamesQuery } from '@/domain/fleet-names.queries'
import { apiPath } from '@/lib/api'
import { useMayEverywhere } from '@/lib/permission'
import { useSearchState } from '@/lib/search-state'
import { useNow } from '@/lib/time'
import { Button, buttonClass } from '@/ui/button'
import { Select } from '@/ui/field'
import { FilterMenu } from '@/ui/filter-menu'
import { Panel } from '@/ui/panel'
import { QueryView } from '@/ui/query-view'
import { SearchInput } from '@/ui/search-input'
import { EmptyState } from '@/ui/states'
import { useIsNarrow } from '@/ui/use-is-narrow'
import { AuditCheckButton } from './audit-check'
import { actorWords, AuditEntries } from './audit-entries'
import { auditSearch, filterOf, isNarrowed, isSpan, spans, type AuditSearch } from './audit-search'
import { auditQueries } from './audit.queries'

const MINUTE_MS = 60_000
const kindOptions = actorKinds.map((value) => ({ value, label: actorWords[value].label }))
const nothingChosen: AuditSearch = { q: '', actorKind: [], fleetId: undefined, span: 'all' }

type ToolsProps = { search: AuditSearch; onChange: (change: Partial<AuditSearch>) => void }

function Filters({ search, onChange }: ToolsProps) {
  const fleets = useQuery(fleetNamesQuery())
  return (
    <>
      <SearchInput
        label="Search the audit log"
        placeholder="Who, what or action"
        value={search.q}
        onChange={(q) => onChange({ q })}
        className="flex-1 basis-60 sm:max-w-96"
      />
      <Select
        aria-label="Time"
        className="max-w-44"
        value={search.span}
        onChange={({ target }) => onChange({ span: isSpan(target.value) ? target.value : 'all' })}
      >
        {Object.entries(spans).map(([value, label]) => (
          <option key={value} value={value}>
            {label}
          </option>
        ))}
      </Select>
      <Select
        aria-label="Fleet"
        className="max-w-56"
        value={search.fleetId ?? ''}
        onChange={({ target }) =>
          onChange({ fleetId: target.value === '' ? undefined : Number(target.value) })
        }
      >
        <option value="">Any fleet</option>
        {fleets.data?.map(({ id, name }) => (
          <option key={id} value={id}>
            {name}
          </option>
        ))}
      </Select>
      <FilterMenu
        label="Who"
        options={kindOptions}
        selected={search.actorKind}
        onChange={(chosen) => onChange({ actorKind: actorKinds.filter((kind) => chosen.includes(kind)) })}
      />
    </>
  )
}

/** Who changed what, newest first. It is only ever added to. */
export function AuditList() {
  const [search, update] = useSearchState(auditSearch)
  const change = (next: Partial<AuditSearch>) => update(next, { replace: true })
  const client = useQueryClient()
  const options = auditQueries.list(search)
  const query = useInfiniteQuery(options)
  const isNarrow = useIsNarrow()
  const mayCheck = useMayEverywhere('admin')
  const nowMs = useNow(MINUTE_MS)
  return (
    <div className="space-y-3">
      <div className="flex flex-wrap gap-2">
        <Filters search={search} onChange={change} />
        <Button
          icon={<RotateCw className="size-4" aria-hidden />}
          isPending={query.isRefetching && !query.isFetchingNextPage}
          onClick={() => void client.resetQueries({ queryKey: options.queryKey })}
        >
          Refresh
        </Button>
        <a
          className={buttonClass('secondary')}
          href={apiPath('exportAudit', { query: filterOf(search, nowMs) })}
          download
        >
          <Download className="size-4" aria-hidden /> Export CSV
        </a>
        {mayCheck && <AuditCheckButton />}
      </div>
      <Panel label="Audit log" isFlush>
        <QueryView query={query} what="the audit log">
          {({ pages }) => {
            const entries = pages.flatMap((page) => page.rows)
            if (entries.length === 0)
              return <NoEntries search={search} onClear={() => change(nothingChosen)} />
            return (
              <>
                <AuditEntries entries={entries} isNarrow={isNarrow} />
                <div className="text-ink-muted flex items-center justify-center gap-3 px-4 py-3 text-[13px]">
                  {query.hasNextPage ? (
                    <Button
                      size="sm"
                      isPending={query.isFetchingNextPage}
                      onClick={() => void query.fetchNextPage()}
                    >
                      Load older entries
                    </Button>
                  ) : (
                    'These are all.'
                  )}
                </div>
              </>
            )
          }}
        </QueryView>
      </Panel>
    </div>
  )
}

function NoEntries({ search, onClear }: { search: AuditSearch; onClear: () => void }) {
  if (!isNarrowed(search))
    return (
      <EmptyState icon={History} title="Nothing has been changed yet">
        Every change that a person, a token or the gateway makes will be listed here.
      </EmptyState>
    )
  return (
    <EmptyState
      icon={History}
      title={search.q === '' ? 'No entry matches these filters' : `No entry matches “${search.q}”`}
      action={<Button onClick={onClear}>Clear the search</Button>}
    />
  )
}
