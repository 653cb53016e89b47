import { useInfiniteQuery, useQueryClient } from '@tanstack/react-query'
import { Bot, Cpu, History, KeyRound, RotateCw, User, type LucideIcon } from 'lucide-react'
import { z } from 'zod'
import type { AuditEntry } from '#contract/session'
import { useSearchState } from '@/lib/search-state'
import { formatFullInstant, formatInstant } from '@/lib/time'
import { Button } from '@/ui/button'
import { Panel } from '@/ui/panel'
import { QueryView } from '@/ui/query-view'
import { SearchInput } from '@/ui/search-input'
import { EmptyState } from '@/ui/states'
import { Cell, HeaderCell, Table } from '@/ui/table'
import { useIsNarrow } from '@/ui/use-is-narrow'
import { AuditSubject } from './audit-subject'
import { auditQueries } from './audit.queries'

const auditSearch = z.object({ q: z.string().max(100).default('') })

const actors: Record<AuditEntry['actorKind'], { label: string; icon: LucideIcon }> = {
  user: { label: 'Person', icon: User },
  'api-token': { label: 'API token', icon: KeyRound },
  device: { label: 'Device', icon: Cpu },
  system: { label: 'Gateway', icon: Bot },
}

function Actor({ entry }: { entry: AuditEntry }) {
  const { label, icon: Icon } = actors[entry.actorKind]
  return (
    <span className="inline-flex max-w-full items-center gap-1.5" title={label}>
      <Icon className="text-ink-muted size-4 shrink-0" aria-label={label} />
      <bdi className="truncate">{entry.actor}</bdi>
    </span>
  )
}

/** Who changed what, newest first. It is only ever added to. */
export function AuditList() {
  const [{ q }, update] = useSearchState(auditSearch)
  const client = useQueryClient()
  const options = auditQueries.list(q)
  const query = useInfiniteQuery(options)
  const isNarrow = useIsNarrow()
  return (
    <div className="space-y-3">
      <div className="flex flex-wrap gap-2">
        <SearchInput
          label="Search the audit log"
          placeholder="Who, what or action"
          value={q}
          onChange={(next) => update({ q: next }, { replace: true })}
          className="flex-1 basis-60 sm:max-w-96"
        />
        <Button
          icon={<RotateCw className="size-4" aria-hidden />}
          isPending={query.isRefetching && !query.isFetchingNextPage}
          onClick={() => void client.resetQueries({ queryKey: options.queryKey })}
        >
          Refresh
        </Button>
      </div>
      <Panel label="Audit log" isFlush>
        <QueryView query={query} what="the audit log">
          {({ pages }) => {
            const entries = pages.flatMap((page) => page.rows)
            if (entries.length === 0) return <NoEntries q={q} onClear={() => update({ q: '' })} />
            return (
              <>
                {isNarrow ? <EntryCards entries={entries} /> : <EntryTable entries={entries} />}
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

function EntryTable({ entries }: { entries: readonly AuditEntry[] }) {
  return (
    <Table label="Audit log entries">
      <thead>
        <tr>
          <HeaderCell>When</HeaderCell>
          <HeaderCell>Who</HeaderCell>
          <HeaderCell>What</HeaderCell>
          <HeaderCell>Subject</HeaderCell>
          <HeaderCell>Action</HeaderCell>
        </tr>
      </thead>
      <tbody>
        {entries.map((entry) => (
          <Entry key={entry.id} entry={entry} />
        ))}
      </tbody>
    </Table>
  )
}

function EntryCards({ entries }: { entries: readonly AuditEntry[] }) {
  return (
    <ul aria-label="Audit log entries">
      {entries.map((entry) => (
        <li key={entry.id} className="border-line space-y-1 border-b px-4 py-2.5">
          <p className="break-words">
            <bdi>{entry.summary}</bdi>
          </p>
          <p className="text-ink-muted flex flex-wrap gap-x-3 gap-y-0.5 text-[13px]">
            <time dateTime={entry.at} className="tabular-nums">
              {formatInstant(entry.at)}
            </time>
            <Actor entry={entry} />
            <AuditSubject entry={entry} />
          </p>
        </li>
      ))}
    </ul>
  )
}

function Entry({ entry }: { entry: AuditEntry }) {
  return (
    <tr>
      <Cell className="whitespace-nowrap tabular-nums">
        <time dateTime={entry.at} title={formatFullInstant(entry.at)}>
          {formatInstant(entry.at)}
        </time>
      </Cell>
      <Cell className="max-w-56">
        <Actor entry={entry} />
      </Cell>
      <Cell className="min-w-60 break-words">
        <bdi>{entry.summary}</bdi>
      </Cell>
      <Cell className="whitespace-nowrap">
        <AuditSubject entry={entry} />
      </Cell>
      <Cell className="text-ink-muted font-mono text-[12.5px] whitespace-nowrap">{entry.action}</Cell>
    </tr>
  )
}

function NoEntries({ q, onClear }: { q: string; onClear: () => void }) {
  if (q === '')
    return (
      <EmptyState icon={History} title="Nothing has been changed yet">
        Every change that a person, a token or the gateway makes will be listed here.
      </EmptyState>
    )
  return (
    <EmptyState
      icon={History}
      title={`No entry matches “${q}”`}
      action={<Button onClick={onClear}>Clear the search</Button>}
    />
  )
}
