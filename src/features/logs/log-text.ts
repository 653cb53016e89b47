import type { LogLine } from '#contract/log'
import { plainText } from './ansi'
import type { LogClock } from './log-search'
import type { LogWindow } from './log-window'
import { visibleText } from './visible-text'

/** A line as it is copied: exact time, device, service, level, text; without colours, with nothing that acts. */
export function lineText(line: LogLine, clock: LogClock): string {
  const at = clock === 'device' ? line.at : line.receivedAt
  return [
    at,
    visibleText(line.deviceName),
    visibleText(line.service ?? 'system'),
    line.level.toUpperCase(),
    plainText(line.message),
  ].join(' ')
}

/** Keys of the entries whose elements in `box` pass the test, in order. */
function keysIn(box: Element, isMeant: (element: Element) => boolean): Set<number> {
  const elements = [...box.querySelectorAll('[data-key]')].filter(isMeant)
  return new Set(elements.map((element) => Number(element.getAttribute('data-key'))))
}

function linesOf(lines: LogWindow, keys: ReadonlySet<number>): LogLine[] {
  const found: LogLine[] = []
  for (let index = 0; index < lines.length; index++) {
    const entry = lines.at(index)
    if (entry?.kind === 'line' && keys.has(entry.key)) found.push(entry.line)
  }
  return found
}

/** The lines that the reader's selection touches; empty when nothing in `box` is selected. */
export function selectedLines(lines: LogWindow, box: Element): LogLine[] {
  const selection = getSelection()
  if (!selection || selection.isCollapsed) return []
  return linesOf(
    lines,
    keysIn(box, (element) => selection.containsNode(element, true)),
  )
}

/** The lines that are in sight. */
export function visibleLines(lines: LogWindow, box: Element): LogLine[] {
  const { top, bottom } = box.getBoundingClientRect()
  return linesOf(
    lines,
    keysIn(box, (element) => {
      const row = element.getBoundingClientRect()
      return row.bottom > top + 1 && row.top < bottom - 1
    }),
  )
}
