import { ArrowDown, ScrollText, SearchX } from 'lucide-react'
import type { LogLine } from '#contract/log'
import { ApiError } from '@/lib/api'
import { formatNoun } from '@/lib/format'
import { formatDay, formatInstant, useNow } from '@/lib/time'
import { Button } from '@/ui/button'
import { EmptyState, ErrorState, LoadingState } from '@/ui/states'
import { useIsNarrow } from '@/ui/use-is-narrow'
import { withCondition } from './field-filter'
import { LogList } from './log-list'
import {
  clockOf,
  countFilters,
  hasRange,
  noFilters,
  startOf,
  wholeLog,
  type LogScope,
  type LogSearch,
} from './log-search'
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
    hasFields: search.json === 'fields',
    today,
  }
  const isLineGone = search.line !== undefined && lines.indexOf(search.line) < 0
  return (
    <>
      {isLineGone && (
        <p
          role="status"
          className="bg-attention-soft text-attention absolute inset-x-0 top-0 z-10 px-3 py-1 text-[13px]"
        >
          The line that was linked to is no longer stored or does not match the filters. This is where it
          would stand.
        </p>
      )}
      <LogList
        lines={lines}
        look={look}
        matcher={matcher}
        start={startOf(search)}
        isLive={view.isLive}
        head={<Head view={view} />}
        onNearStart={() => {
          if (view.older.error === null) view.loadOlder()
        }}
        onNearEnd={() => {
          if (view.newer.error === null) view.loadNewer()
        }}
        onOpen={onOpen}
        onFilterField={(condition) => onChange({ fields: withCondition(search.fields, condition) })}
        onShowGap={(at) => onChange({ at })}
        onCopy={(event) => {
          const selected = selectedLines(lines, event.currentTarget)
          // Part of one line is copied as it is.
          if (selected.length < 2) return
          event.preventDefault()
          event.clipboardData.setData('text/plain', selected.map((line) => lineText(line, clock)).join('\n'))
        }}
      />
      <div className="pointer-events-none absolute inset-x-3 bottom-4 flex justify-center gap-2 *:pointer-events-auto">
        {lines.searchedTo !== null && (
          <Button
            size="sm"
            className="shadow-pop"
            isPending={view.newer.isPending}
            onClick={view.loadNewer}
            title={`A search reads so many lines at once; it came to ${formatInstant(lines.searchedTo)}`}
          >
            Searched until {formatInstant(lines.searchedTo)}, continue
          </Button>
        )}
        {!lines.isFollowing && view.isLive && (
          <Button
            variant="primary"
            size="sm"
            className="shadow-pop"
            icon={<ArrowDown className="size-4" aria-hidden />}
            onClick={onFollow}
          >
            {lines.sinceCount > 0 ? formatNoun(lines.sinceCount, 'new line') : 'To the newest line'}
          </Button>
        )}
      </div>
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
  if (lines.searchedFrom !== null)
    return (
      <span>
        Searched back until {formatInstant(lines.searchedFrom)}.{' '}
        <button type="button" className="text-accent-ink cursor-pointer underline" onClick={view.loadOlder}>
          Continue
        </button>
      </span>
    )
  return lines.hasOlder
    ? 'Older lines load as you scroll up.'
    : view.hasFrom
      ? 'The range begins here.'
      : 'The stored log begins here.'
}

function PaneError({ error, onRetry }: { error: Error; onRetry: () => void }) {
  const isFields = error instanceof ApiError && error.fields.some((one) => one.field === 'fields')
  if (isFields)
    return (
      <EmptyState icon={SearchX} title="These conditions on fields cannot be read">
        The reason stands at the field. Write field=value, field!=value or field, with quotes around what
        holds spaces.
      </EmptyState>
    )
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
        title={
          lines.searchedFrom === null
            ? 'No match among the newest lines'
            : `No match back until ${formatInstant(lines.searchedFrom)}`
        }
        action={
          <Button isPending={older.isPending} onClick={view.loadOlder}>
            Search further back
          </Button>
        }
      >
        {older.error === null
          ? `A search reads so many lines at once.${view.isLive ? ' Matching lines that arrive from now on are shown.' : ''}`
          : older.error.message}
      </EmptyState>
    )
  if (isFiltered)
    return (
      <EmptyState
        icon={SearchX}
        title={hasRange(search) ? 'No line of this time matches' : 'No stored line matches'}
        action={
          <>
            <Button onClick={() => onChange({ ...noFilters, at: undefined, line: undefined })}>
              Clear filters
            </Button>
            {hasRange(search) && <Button onClick={() => onChange(wholeLog)}>Search all times</Button>}
          </>
        }
      >
        {view.isLive ? 'Matching lines that arrive from now on are shown.' : 'The range has an end.'}
      </EmptyState>
    )
  if (hasRange(search))
    return (
      <EmptyState
        icon={SearchX}
        title="No line is stored of this time"
        action={<Button onClick={() => onChange(wholeLog)}>Show all times</Button>}
      >
        Lines are kept for as long as the fleet’s settings say.
      </EmptyState>
    )
  return (
    <EmptyState icon={ScrollText} title="No log lines yet">
      {scope.deviceUuid === undefined ? 'Devices stream' : 'The device streams'} what services and the system
      print to standard output and standard error. Lines appear here as they arrive.
    </EmptyState>
  )
}
