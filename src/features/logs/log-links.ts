import { freezeTimeRange } from '@/domain/time-range-search'
import { changeSearch } from '@/lib/search-state'
import { logSearch, type LogSearch } from './log-search'

function addressWith(change: Partial<LogSearch>): string {
  const address = new URL(location.href)
  address.search = changeSearch(logSearch, address.searchParams, change).toString()
  return address.href
}

/** The address of one line with the filters now set. A range that moves with the clock would leave the line behind. */
export const lineLink = (line: number): string =>
  addressWith({ line, at: undefined, context: undefined, range: undefined })

/** The address of what is shown now; a range up to now is fixed to the one it is at this moment. */
export const viewLink = (search: LogSearch, nowMs: number): string =>
  addressWith(search.range === undefined ? {} : freezeTimeRange(search, nowMs, search.range))
