import { ArrowDown, ScrollText, SearchX } from 'lucide-react'
import type { LogLine } from '#contract/log'
import { ApiError } from '@/lib/api'
import { formatNoun } from '@/lib/format'
import { formatDay, useNow } from '@/lib/time'
import { Button } from '@/ui/button'
import { EmptyState, ErrorState, LoadingState } from '@/ui/states'
import { useIsNarrow } from '@/ui/use-is-narrow'
import { LogList } from './log-list'
import { clockOf, countFilters, noFilters, type LogScope, type LogSearch } from './log-search'
import { lineText, selectedLines } from './log-text'
import { useMatcher } from './use-matcher'
import { useWindowVersion, type LogWindowView } from './use-log-window'

const DAY_STEP_MS = 60_000

type LogPaneProps = {
  view: LogWindowView
  search: LogSearch
  scope: LogScope
  onFollow: () => void
  onOpen: (line: LogLine) => void
  onChange: (change: Partial<LogSearch>) => void
}

/** The lines, or what there is to say instead. */
export function LogPane({ view, search, scope, onFollow, onOpen, onChange }: LogPaneProps) {
  const { lines, first } = view
  useWindowVersion(lines)
  const matcher = useMatcher(search.text, search.regex)
  const clock = clockOf(search, scope)
  const isStacked = useIsNarrow()
  const today = formatDay(useNow(DAY_STEP_MS))
  if (first.isError) return <PaneError error={first.error} onRetry={() => void first.refetch()} />
  if (first.isPending) return <LoadingState what="log lines" />
  if (lines.length === 0) return <Nothing view={view} search={search} scope={scope} onChange={onChange} />
  const look = {
    isWrapped: search.wrap,
    isStacked,
    clock,
    hasDevice: scope.deviceUuid === undefined && search.device.length !== 1,
    hasService: search.service.length !== 1,
    today,
  }
  return (
    <>
      <LogList
        lines={lines}
        look={look}
        matcher={matcher}
        at={search.at}
        head={<Head view={view} />}
        onNearStart={() => {
          if (view.older.error === null) view.loadOlder()
        }}
        onNearEnd={() => {
          if (view.newer.error === null) view.loadNewer()
        }}
        onOpen={onOpen}
        onShowGap={(at) => onChange({ at })}
        onCopy={(event) => {
          const selected = selectedLines(lines, event.currentTarget)
          // Part of one line is copied as it is.
          if (selected.length < 2) return
          event.preventDefault()
          event.clipboardData.setData('text/plain', selected.map((line) => lineText(line, clock)).join('\n'))
        }}
      />
      {!lines.isFollowing && (
        <Button
          variant="primary"
          size="sm"
          className="shadow-pop absolute bottom-4 left-1/2 -translate-x-1/2"
          icon={<ArrowDown className="size-4" aria-hidden />}
          onClick={onFollow}
        >
          {lines.sinceCount > 0 ? formatNoun(lines.sinceCount, 'new line') : 'To the newest line'}
        </Button>
      )}
    </>
  )
}

/** The line above the first one: whether there is more. */
function Head({ view }: { view: LogWindowView }) {
  const { lines, older } = view
  if (older.error !== null)
    return (
      <span role="alert" className="text-critical">
        Older lines could not be loaded: {older.error.message}{' '}
        <button type="button" className="cursor-pointer underline" onClick={view.loadOlder}>
          Try again
        </button>
      </span>
    )
  if (older.isPending) return 'Loading older lines…'
  return lines.hasOlder ? 'Older lines load as you scroll up.' : 'The stored log begins here.'
}

function PaneError({ error, onRetry }: { error: Error; onRetry: () => void }) {
  const isPattern = error instanceof ApiError && error.fields.some((one) => one.field === 'regex')
  if (isPattern)
    return (
      <EmptyState icon={SearchX} title="This is not a regular expression">
        The reason stands at the search field. The syntax is RE2: no back-references, no look-around.
      </EmptyState>
    )
  return <ErrorState error={error} onRetry={onRetry} />
}

function Nothing({ view, search, scope, onChange }: Omit<LogPaneProps, 'onFollow' | 'onOpen'>) {
  const { lines, older } = view
  const isFiltered = countFilters(search, scope) > 0
  if (lines.hasOlder)
    return (
      <EmptyState
        icon={SearchX}
        title="No match among the newest lines"
        action={
          <Button isPending={older.isPending} onClick={view.loadOlder}>
            Search further back
          </Button>
        }
      >
        {older.error === null
          ? 'A search reads so many lines at once. Matching lines that arrive from now on are shown.'
          : older.error.message}
      </EmptyState>
    )
  if (isFiltered)
    return (
      <EmptyState
        icon={SearchX}
        title="No stored line matches"
        action={<Button onClick={() => onChange({ ...noFilters, at: undefined })}>Clear filters</Button>}
      >
        Matching lines that arrive from now on are shown.
      </EmptyState>
    )
  return (
    <EmptyState icon={ScrollText} title="No log lines yet">
      {scope.deviceUuid === undefined ? 'Devices stream' : 'The device streams'} what services and the system
      print to standard output and standard error. Lines appear here as they arrive.
    </EmptyState>
  )
}
