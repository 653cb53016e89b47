import {
  dayOrLess,
  freezeTimeRange,
  rangeLengthMs,
  timeRangeSearch,
  type TimeRangeSearch,
} from '@/domain/time-range-search'
import { changeSearch, parseSearch } from '@/lib/search-state'
import { formatInstant } from '@/lib/time'

/** What a link to a tab of a device shows to whoever opens it. */
export type FrozenLink = {
  href: string
  /** What the colleague will see, in one sentence. */
  sees: string
}

/** The range that a tab shows where the address names none; tabs without a time range have none. */
const usualRange = (tab: string, knownForMs: number) =>
  tab === 'timeline' ? dayOrLess(knownForMs) : tab === 'logs' ? '1h' : undefined

const tabWords: Record<string, string> = { timeline: 'the timeline', logs: 'the log' }

/** The path of a tab, or of the overview. */
const tabOf = (path: string) => path.split('/')[3] ?? 'overview'

const inWords = ({ from, to }: TimeRangeSearch) =>
  from === undefined || to === undefined ? '' : `${formatInstant(from)} to ${formatInstant(to)}`

/**
 * The address with its time range fixed to the one it shows at this moment, filters and tab as they are. A tab without a
 * time of its own shows the device as it is when the link is opened; the overview's link leads to the timeline of the
 * range of its charts, for what was on screen then. `sinceMs`: when the device was registered.
 */
export function frozenLink(
  address: string,
  { sinceMs, nowMs }: { sinceMs: number; nowMs: number },
): FrozenLink {
  const url = new URL(address)
  const tab = tabOf(url.pathname)
  const named = parseSearch(timeRangeSearch, url.searchParams)
  if (tab === 'overview') {
    const range = named.range !== undefined && rangeLengthMs(named.range) !== null ? named.range : '1h'
    const fixed = freezeTimeRange({ range }, nowMs, range)
    url.pathname = `${url.pathname.replace(/\/$/, '')}/timeline`
    url.search = changeSearch(timeRangeSearch, new URLSearchParams(), fixed).toString()
    return { href: url.href, sees: `the timeline from ${inWords(fixed)}: what you could see here then` }
  }
  const fallback = usualRange(tab, nowMs - sinceMs)
  if (fallback === undefined)
    return { href: url.href, sees: 'this tab with its filters, as the device is when they open it' }
  // A link to a line or a moment is fixed by that.
  const isFixedOtherwise =
    (url.searchParams.has('line') || url.searchParams.has('at')) &&
    named.range === undefined &&
    named.from === undefined &&
    named.to === undefined
  if (isFixedOtherwise)
    return { href: url.href, sees: 'the log around the line you look at, with your filters' }
  const fixed = freezeTimeRange(named, nowMs, fallback)
  url.search = changeSearch(timeRangeSearch, url.searchParams, fixed).toString()
  return { href: url.href, sees: `${tabWords[tab] ?? 'this tab'} from ${inWords(fixed)}, with your filters` }
}
