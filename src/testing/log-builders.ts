import type { LogLine, LogPage } from '#contract/log'
import type { LogHistogram } from '#contract/log-search'

/** A line of a service; its message tells its id. */
export function aLogLine(own: Partial<LogLine> = {}): LogLine {
  const id = own.id ?? 1
  const at = new Date(Date.UTC(2026, 0, 1, 12, 0, 0, id)).toISOString()
  return {
    id,
    deviceUuid: 'a'.repeat(32),
    deviceName: 'lucid-fern',
    at,
    receivedAt: at,
    service: 'main',
    isSystem: false,
    isStderr: false,
    level: 'info',
    message: `line ${id}`,
    ...own,
  }
}

/** Lines with these ids, in a row. */
export const logLines = (from: number, to: number): LogLine[] =>
  Array.from({ length: to - from + 1 }, (_, index) => aLogLine({ id: from + index }))

/** The newest page of a log, with nothing before it. */
export function aLogPage(lines: LogLine[], own: Partial<LogPage> = {}): LogPage {
  return {
    lines,
    hasOlder: false,
    hasNewer: false,
    isTruncated: false,
    olderFrom: null,
    newerFrom: null,
    searchedFrom: null,
    searchedTo: null,
    cursor: lines.at(-1)?.id ?? 0,
    ...own,
  }
}

const MINUTE_MS = 60_000
/** Counts of buckets a minute wide from 12:00 on; the first line of each is an error, the others are info. */
export function aHistogram(totals: number[], own: Partial<LogHistogram> = {}): LogHistogram {
  const startMs = Date.UTC(2026, 0, 1, 12)
  const at = (index: number) => new Date(startMs + index * MINUTE_MS).toISOString()
  return {
    from: at(0),
    to: at(totals.length),
    bucketSeconds: MINUTE_MS / 1000,
    buckets: totals.map((total, index) => {
      const error = Math.min(1, total)
      return { at: at(index), total, byLevel: { error, warning: 0, info: total - error, debug: 0 } }
    }),
    total: totals.reduce((sum, total) => sum + total, 0),
    isSampled: false,
    share: 1,
    ...own,
  }
}
