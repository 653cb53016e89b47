import type { LogLine, LogPage } from '#contract/log'

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
