const SEPARATORS = /[\s!"#$%&'()*+,\-./:;<=>?@[\]\\^_`{|}~]+/

/** What a person typed, as the terms of devices are written. */
export type SearchQuery = {
  /** Lower case, as typed. */
  text: string
  /** Without spaces and punctuation: names, MAC addresses and serial numbers compare by it. */
  squashed: string
  /** At most six; all must be found. */
  words: string[]
  /** `site=roof` or `site:roof` asks for a tag. */
  tag: { key: string; value: string } | null
}

const MOST_WORDS = 6

export const wordsOf = (text: string): string[] =>
  text
    .toLowerCase()
    .split(SEPARATORS)
    .filter((word) => word !== '')

export const squash = (text: string): string => wordsOf(text).join('')

/** Letters followed by a counter, or the other way round, are two words: `pump42` finds `pump-0042`. */
const apart = (word: string): string[] =>
  /^([^0-9]{2,}[0-9]+|[0-9]+[^0-9]{2,})$/.test(word) ? (word.match(/[0-9]+|[^0-9]+/g) ?? [word]) : [word]

export function readSearch(typed: string): SearchQuery {
  const text = typed.trim().toLowerCase()
  const [, key, value] = /^([^\s=:]{1,100})\s*[=:]\s*(.+)$/.exec(text) ?? []
  return {
    text,
    squashed: squash(text),
    words: [...new Set(wordsOf(text).flatMap(apart))].slice(0, MOST_WORDS),
    tag: key === undefined || value === undefined ? null : { key, value },
  }
}

/** A counter without its leading zeros, as people say it. */
export const plainNumber = (word: string): string => (/^0+[1-9]/.test(word) ? word.replace(/^0+/, '') : word)

/** How many letters of a word may be wrong; a lone short word must be nearer than one beside others. */
export function toleranceOf(word: string, wordCount: number): number {
  const { length } = Array.from(word)
  if (length < 3) return 0
  if (/^[0-9]+$/.test(word)) return 1
  if (length < 4) return 1
  return length < 6 && wordCount === 1 ? 1 : 2
}

/** Numbers that differ by one digit wrong, missing or too many, or two swapped. */
export function numbersNear(word: string): string[] {
  const near = new Set<string>()
  for (let at = 0; at <= word.length; at++) {
    const [head, tail] = [word.slice(0, at), word.slice(at)]
    if (tail.length > 0) near.add(head + tail.slice(1))
    if (tail.length > 1) near.add(`${head}${tail.charAt(1)}${tail.charAt(0)}${tail.slice(2)}`)
    for (const digit of '0123456789') {
      near.add(head + digit + tail)
      if (tail.length > 0) near.add(head + digit + tail.slice(1))
    }
  }
  near.delete(word)
  near.delete('')
  return [...near]
}

/** The three-letter parts of a word; its start and end count, too. */
export function trigramsOf(word: string): string[] {
  const letters = Array.from(`  ${word} `)
  return [...new Set(letters.slice(2).map((_, at) => letters.slice(at, at + 3).join('')))]
}
