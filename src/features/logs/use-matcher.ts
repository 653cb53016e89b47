import { useEffect, useMemo, useState } from 'react'
import { textMatcher, type Matcher } from './highlight'

/** What to mark in the lines. The pattern engine is loaded when a pattern is first used. */
export function useMatcher(text: string, regex: string): Matcher | null {
  const [pattern, setPattern] = useState<{ regex: string; matcher: Matcher | null } | null>(null)
  useEffect(() => {
    if (regex === '') return
    let isCurrent = true
    void import('./pattern-matcher').then(({ patternMatcher }) => {
      if (isCurrent) setPattern({ regex, matcher: patternMatcher(regex) })
    })
    return () => {
      isCurrent = false
    }
  }, [regex])
  const plain = useMemo(() => (text === '' ? null : textMatcher(text)), [text])
  const matcher = regex !== '' && pattern?.regex === regex ? pattern.matcher : null
  return useMemo(() => {
    if (!plain || !matcher) return matcher ?? plain
    return (line: string) => mergeRanges([...plain(line), ...matcher(line)])
  }, [plain, matcher])
}

function mergeRanges(ranges: [number, number][]): [number, number][] {
  const merged: [number, number][] = []
  for (const [from, to] of ranges.sort((a, b) => a[0] - b[0])) {
    const last = merged.at(-1)
    if (last && from <= last[1]) last[1] = Math.max(last[1], to)
    else merged.push([from, to])
  }
  return merged
}
