import { plainNumber, squash, wordsOf } from './search-query.rules.ts'

/** What of a device is searched. */
export type Searchable = {
  uuid: string
  name: string
  tags: Readonly<Record<string, string>>
  addresses: readonly string[]
  macs: readonly string[]
  serial: string | null
}

/** One thing a device is found by, as the store keeps it. */
export type Term = {
  kind: 'name' | 'word' | 'tag' | 'address' | 'mac' | 'serial'
  /** The key of a tag, else empty. */
  label: string
  term: string
}

const MOST_TERMS = 300
const TERM_LENGTH = 200
const WORD_LENGTH = { least: 3, most: 40 }

/** Words, the letters and the digits of each, and numbers without their leading zeros. */
export const piecesOf = (value: string): string[] => {
  const parts = wordsOf(value).flatMap((word) => [word, ...(word.match(/[0-9]+|[^0-9]+/g) ?? [])])
  return [...new Set([...parts, ...parts.map(plainNumber)])]
}

/** Everything a device is found by but its uuid. */
export function termsOf(device: Searchable): Term[] {
  const found = new Map<string, Term>()
  const add = (kind: Term['kind'], term: string, label = '') => {
    const short = Array.from(term).slice(0, TERM_LENGTH).join('')
    if (short !== '' && found.size < MOST_TERMS)
      found.set(`${kind} ${label} ${short}`, { kind, label, term: short })
  }
  add('name', squash(device.name))
  for (const address of device.addresses) add('address', address.toLowerCase())
  for (const mac of device.macs) add('mac', squash(mac))
  add('serial', squash(device.serial ?? ''))
  for (const word of piecesOf(device.name)) add('word', word)
  for (const [key, value] of Object.entries(device.tags)) {
    add('tag', value.toLowerCase(), key.toLowerCase())
    for (const word of piecesOf(value)) add('tag', word, key.toLowerCase())
  }
  return [...found.values()]
}

/** Terms that may be typed wrongly: words of letters, or such as mix both (a hexadecimal name); counters are none. */
export function vocabularyOf(terms: readonly Term[]): string[] {
  const words = terms.filter(({ kind, term }) => {
    const { length } = Array.from(term)
    if ((kind !== 'word' && kind !== 'tag') || length < WORD_LENGTH.least || length > WORD_LENGTH.most)
      return false
    return !/[0-9]/.test(term) || /[0-9][^0-9]+[0-9]|[^0-9][0-9]+[^0-9]/.test(term)
  })
  return [...new Set(words.map(({ term }) => term))]
}
