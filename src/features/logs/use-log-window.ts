import { useMutation, useQuery, useQueryClient } from '@tanstack/react-query'
import { useCallback, useEffect, useState, useSyncExternalStore } from 'react'
import type { LogSelector } from '#contract/log'
import { useLiveTopic } from '@/live/use-live-topic'
import { LogWindow } from './log-window'
import type { LogEnds, LogStart } from './log-search'
import { logQueries } from './logs.queries'

/** Redraws with the window's changes, once per frame however many there are. */
export const useWindowVersion = (lines: LogWindow): number => useWindowValue(lines, lines.version)

/** Redraws when what `read` answers is another value, looked at once per frame. */
export function useWindowValue<T>(lines: LogWindow, read: () => T): T {
  const subscribe = useCallback(
    (notify: () => void) => {
      let frame: number | null = null
      const stop = lines.subscribe(() => {
        frame ??= requestAnimationFrame(() => {
          frame = null
          notify()
        })
      })
      return () => {
        stop()
        if (frame !== null) cancelAnimationFrame(frame)
      }
    },
    [lines],
  )
  return useSyncExternalStore(subscribe, read)
}

/**
 * The lines of a selector within a range: a stored page first, then the live ones that follow on it unless the range has
 * an end, older and newer pages on request. `start`: where to stand, by default at the end.
 */
export function useLogWindow(selector: LogSelector, ends: LogEnds, start: LogStart) {
  const client = useQueryClient()
  const key = JSON.stringify([selector, ends])
  const isLive = ends.to === undefined
  const [held, setHeld] = useState(() => ({ key, lines: new LogWindow(), start }))
  if (held.key !== key) setHeld({ key, lines: new LogWindow(), start })
  else if (isElsewhere(held.start, start) && !isHeld(held.lines, start)) setHeld({ ...held, start })
  const { lines } = held
  const isAtEnd = held.start.at === null && held.start.line === null
  /** Another visit to the end of the log fetches it anew. */
  const [visit, setVisit] = useState(0)
  const first = useQuery(logQueries.firstPage(selector, ends, held.start, visit))
  const page = first.data
  useEffect(() => {
    if (page) lines.reset(page, isAtEnd && isLive)
  }, [page, lines, isAtEnd, isLive])

  const older = useMutation({
    mutationFn: (of: LogWindow) => client.query(logQueries.page(selector, { ...ends, ...placeBefore(of) })),
    onSuccess: (found, of) => of.prepend(found),
  })
  const newer = useMutation({
    mutationFn: (of: LogWindow) =>
      client.query(logQueries.page(selector, { ...ends, after: of.newerFrom ?? 0 })),
    onSuccess: (found, of) => of.extend(found),
  })
  const missed = useMutation({
    mutationFn: (_of: LogWindow) => client.query(logQueries.page(selector, ends)),
    onSuccess: (found, of) => of.resync(found),
    retry: true,
    retryDelay: 2_000,
  })
  useLiveTopic<'logs'>(page === undefined || !isLive ? null : { kind: 'logs', selector }, {
    since: () => lines.seenTo,
    onPatch: ({ data }) => lines.receive(data.lines, data.dropped),
    onResync: () => {
      lines.interrupt()
      missed.mutate(lines)
    },
  })
  return {
    lines,
    isLive,
    hasFrom: ends.from !== undefined,
    first,
    older: { isPending: older.isPending, error: older.error },
    newer: { isPending: newer.isPending, error: newer.error },
    loadOlder: () => {
      if (lines.hasOlder && !older.isPending) older.mutate(lines)
    },
    loadNewer: () => {
      if (lines.hasNewer && !newer.isPending) newer.mutate(lines)
    },
    /** Takes up the end of the log again. */
    visitEnd: () => setVisit((count) => count + 1),
  }
}
export type LogWindowView = ReturnType<typeof useLogWindow>

const isElsewhere = (a: LogStart, b: LogStart) => a.at !== b.at || a.line !== b.line

/** A line among those already there is gone to without fetching them anew. */
const isHeld = (lines: LogWindow, { line }: LogStart) => line !== null && lines.indexOf(line) >= 0

function placeBefore(lines: LogWindow) {
  return lines.olderFrom === null ? {} : { before: lines.olderFrom }
}
