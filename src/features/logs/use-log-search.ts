import { useState } from 'react'
import { useSearchState } from '@/lib/search-state'
import { useNow } from '@/lib/time'
import { endsOf, logSearch, type LogSearch } from './log-search'

/** These lead somewhere else: the browser's back button leads back. */
const places = ['at', 'line', 'from', 'to', 'range'] as const satisfies readonly (keyof LogSearch)[]

const CLOCK_STEP_MS = 10_000

/** What the log view shows, from the URL. A range up to now keeps the beginning it had when it was chosen. */
export function useLogSearch() {
  const [search, update] = useSearchState(logSearch)
  const { from, to, range } = search
  const nowMs = useNow(CLOCK_STEP_MS)
  const key = JSON.stringify([from, to, range])
  const [opened, setOpened] = useState(() => ({ key, ends: endsOf(search, nowMs) }))
  if (opened.key !== key) setOpened({ key, ends: endsOf(search, nowMs) })
  const change = (next: Partial<LogSearch>) =>
    update(next, { replace: !places.some((place) => place in next && next[place] !== search[place]) })
  return { search, ends: opened.ends, change }
}
