import { useState } from 'react'
import { useSearchState } from '@/lib/search-state'
import { endsOf, logSearch, type LogSearch } from './log-search'

/** These lead somewhere else: the browser's back button leads back. */
const places = ['at', 'line', 'from', 'to', 'range'] as const satisfies readonly (keyof LogSearch)[]

/** What the log view shows, from the URL. A range up to now keeps the beginning it had when it was chosen. */
export function useLogSearch() {
  const [search, update] = useSearchState(logSearch)
  const { from, to, range } = search
  const key = JSON.stringify([from, to, range])
  const [opened, setOpened] = useState(() => ({ key, ends: endsOf(search, Date.now()) }))
  if (opened.key !== key) setOpened({ key, ends: endsOf(search, Date.now()) })
  const change = (next: Partial<LogSearch>) =>
    update(next, { replace: !places.some((place) => place in next && next[place] !== search[place]) })
  return { search, ends: opened.ends, change }
}
