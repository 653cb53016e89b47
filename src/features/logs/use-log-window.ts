import { useMutation, useQuery, useQueryClient } from '@tanstack/react-query'
import { useCallback, useEffect, useState, useSyncExternalStore } from 'react'
import type { LogSelector } from '#contract/log'
import { useLiveTopic } from '@/live/use-live-topic'
import { LogWindow } from './log-window'
import { logQueries } from './logs.queries'

/** Redraws with the window's changes, once per frame however many there are. */
export function useWindowVersion(lines: LogWindow): number {
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
  return useSyncExternalStore(subscribe, lines.version)
}

/**
 * The lines of a selector: a stored page first, then the live ones that follow on it, older and newer pages on request.
 * `at`: the time to stand at, or undefined for the end of the log.
 */
export function useLogWindow(selector: LogSelector, at: string | undefined) {
  const client = useQueryClient()
  const key = JSON.stringify(selector)
  const [held, setHeld] = useState(() => ({ key, lines: new LogWindow() }))
  if (held.key !== key) setHeld({ key, lines: new LogWindow() })
  const { lines } = held
  /** Another visit to the end of the log fetches it anew. */
  const [visit, setVisit] = useState(0)
  const first = useQuery(logQueries.firstPage(selector, at ?? null, visit))
  const page = first.data
  useEffect(() => {
    if (page) lines.reset(page, at === undefined)
  }, [page, lines, at])

  const older = useMutation({
    mutationFn: (of: LogWindow) => client.query(logQueries.page(selector, placeBefore(of))),
    onSuccess: (found, of) => of.prepend(found),
  })
  const newer = useMutation({
    mutationFn: (of: LogWindow) => client.query(logQueries.page(selector, { after: of.newerFrom ?? 0 })),
    onSuccess: (found, of) => of.extend(found),
  })
  const missed = useMutation({
    mutationFn: (_of: LogWindow) => client.query(logQueries.page(selector, {})),
    onSuccess: (found, of) => of.resync(found),
    retry: true,
    retryDelay: 2_000,
  })
  useLiveTopic<'logs'>(page === undefined ? null : { kind: 'logs', selector }, {
    since: () => lines.seenTo,
    onPatch: ({ data }) => lines.receive(data.lines, data.dropped),
    onResync: () => {
      lines.interrupt()
      missed.mutate(lines)
    },
  })
  return {
    lines,
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

function placeBefore(lines: LogWindow) {
  return lines.olderFrom === null ? {} : { before: lines.olderFrom }
}
