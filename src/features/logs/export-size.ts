import type { LogLine } from '#contract/log'
import type { LogWindow } from './log-window'

export type ExportFormat = 'text' | 'ndjson'

/** So many of the lines held are looked at. */
const SAMPLE = 500
/** Time, level and the signs between the parts of a text line. */
const TEXT_OVERHEAD = 36

const encoder = new TextEncoder()
const bytesOf = (line: LogLine, format: ExportFormat): number =>
  format === 'ndjson'
    ? encoder.encode(JSON.stringify(line)).length + 1
    : encoder.encode(`${line.deviceName}${line.service ?? 'system'}${line.message}`).length + TEXT_OVERHEAD

/** What a line takes in an export, by the newest lines the page holds; null when it holds none. */
export function meanBytes(lines: LogWindow, format: ExportFormat): number | null {
  let bytes = 0
  let count = 0
  for (let index = lines.length - 1; index >= 0 && count < SAMPLE; index--) {
    const entry = lines.at(index)
    if (entry?.kind !== 'line') continue
    bytes += bytesOf(entry.line, format)
    count++
  }
  return count === 0 ? null : bytes / count
}
