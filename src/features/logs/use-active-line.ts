import { useState } from 'react'
import type { LogLine } from '#contract/log'
import { useDocumentKeys } from '@/lib/use-document-keys'
import { plainText } from './ansi'
import { takesKeys } from './log-keys'
import type { LogWindow } from './log-window'

type Options = {
  /** Where to begin when no line is chosen yet. */
  lastInSight: () => number
  onMove: (index: number) => void
  onOpen: (line: LogLine) => void
}

/** Going through lines with j (down) and k (up); Enter opens one, Escape lets it go. Moving stops following. */
export function useActiveLine(lines: LogWindow, options: Options) {
  const [key, setKey] = useState<number | null>(null)
  const index = key === null ? -1 : lines.indexOf(key)
  const entry = lines.at(index)
  const line = index >= 0 && entry?.kind === 'line' ? entry.line : null

  const move = (step: 1 | -1) => {
    const start = index >= 0 ? index + step : options.lastInSight()
    const next = Math.min(lines.length - 1, Math.max(0, start))
    const found = lines.at(next)
    if (!found) return
    lines.setFollowing(false)
    setKey(found.key)
    options.onMove(next)
  }
  useDocumentKeys((event) => {
    if (takesKeys(event)) return
    if (event.key === 'j') move(1)
    else if (event.key === 'k') move(-1)
    else if (event.key === 'Enter' && line) {
      // Else the same press closes the dialog that it opens.
      event.preventDefault()
      options.onOpen(line)
    } else if (event.key === 'Escape') setKey(null)
  })
  return {
    key: line ? key : null,
    text: line ? `${line.level}: ${plainText(line.message).slice(0, 500)}` : '',
  }
}
