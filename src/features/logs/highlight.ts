import type { AnsiSegment, AnsiStyle } from './ansi'

/** Where a text matches, as [start, end) in order and without overlap. */
export type Matcher = (text: string) => [number, number][]
export type MarkedSegment = { text: string; style: AnsiStyle; isMatch: boolean }

const MAX_MATCHES = 200

/** Finds a text whatever its case. */
export function textMatcher(needle: string): Matcher {
  const low = needle.toLowerCase()
  return (text) => {
    const where = text.toLowerCase()
    // In rare scripts lower case has another length: then nothing is marked rather than the wrong thing.
    if (low === '' || where.length !== text.length) return []
    const found: [number, number][] = []
    for (
      let at = where.indexOf(low);
      at >= 0 && found.length < MAX_MATCHES;
      at = where.indexOf(low, at + low.length)
    )
      found.push([at, at + low.length])
    return found
  }
}

/** Cuts segments where matches begin and end. */
export function markMatches(
  segments: readonly AnsiSegment[],
  matches: readonly [number, number][],
): MarkedSegment[] {
  const marked: MarkedSegment[] = []
  let offset = 0
  for (const { text, style } of segments) {
    const end = offset + text.length
    let at = offset
    const add = (to: number, isMatch: boolean) => {
      if (to > at) marked.push({ text: text.slice(at - offset, to - offset), style, isMatch })
      at = Math.max(at, to)
    }
    for (const [from, to] of matches) {
      if (to <= offset || from >= end) continue
      add(Math.max(from, offset), false)
      add(Math.min(to, end), true)
    }
    add(end, false)
    offset = end
  }
  return marked
}
