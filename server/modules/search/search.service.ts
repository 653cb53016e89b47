import { editDistance } from './edit-distance.ts'
import { searchableOf } from './search-index.store.ts'
import { compareFinds, findInDevice, type Find } from './search-match.rules.ts'
import { numbersNear, readSearch, toleranceOf, type SearchQuery } from './search-query.rules.ts'
import type { Searchable } from './search-terms.rules.ts'
import {
  readByWords,
  readFoundDevices,
  readNearWords,
  readWhole,
  type FoundRow,
  type SearchPlace,
  type WordOrNear,
} from './search.store.ts'

export type Found = { row: FoundRow; find: Find; device: Searchable }

/**
 * Devices that what was typed may mean, best first; more than `limit` when there are others. The store names candidates
 * by cheap means, from the surest to the vaguest until there are enough; what each is worth is judged by the rules.
 */
export async function findDevices(place: SearchPlace, typed: string, limit: number): Promise<Found[]> {
  const query = readSearch(typed)
  const found = new Map<number, Found>()
  const consider = async (ids: readonly number[]) => {
    const rows = await readFoundDevices(
      place,
      ids.filter((id) => !found.has(id)),
    )
    for (const row of rows) {
      const device = searchableOf(row)
      const find = findInDevice(query, device)
      if (find) found.set(row.id, { row, find, device })
    }
  }
  await consider(await readWhole(place, query))
  if (found.size <= limit && query.words.length > 1)
    await consider(
      await readByWords(
        place,
        query.words.map((word) => ({ word, near: [] })),
      ),
    )
  // Who typed a value exactly means it.
  const isExact = [...found.values()].some(({ find }) => find.grade === 'exact')
  if (found.size < limit && !isExact) {
    const near = await nearSearches(place, query)
    for (const words of near) await consider(await readByWords(place, words))
    // Every number is near others: one counts as mistyped only when nothing has it.
    if (found.size === 0 && query.words.some(isNumber))
      for (const words of near) await consider(await readByWords(place, words.map(withNumbersNear)))
    if (found.size === 0)
      for (const words of withoutShort(query)) await consider(await readByWords(place, words))
  }
  return [...found.values()].sort(compareFinds)
}

/** The words with those in use that may be meant; and, for words written as one, the two they may be. */
async function nearSearches(place: SearchPlace, query: SearchQuery): Promise<WordOrNear[][]> {
  const near = await Promise.all(query.words.map((word) => nearOf(place, word, query.words.length)))
  const searches = [near.map(({ word, meant }) => ({ word, near: meant }))]
  const [only] = near
  if (only && query.words.length === 1) {
    for (const [head, tail] of splits(only.word, only.candidates)) {
      const [first, second] = await Promise.all([nearOf(place, head, 2), nearOf(place, tail, 2)])
      searches.push([first, second].map(({ word, meant }) => ({ word, near: meant })))
    }
  }
  return searches
}

/** Where a short word is the wrong one, the others lead to the name: it is then compared as a whole. */
const withoutShort = ({ words }: SearchQuery): WordOrNear[][] =>
  words
    .filter((word) => word.length < 3 && words.length > 1)
    .map((short) => words.filter((word) => word !== short).map((word) => ({ word, near: [] })))

async function nearOf(place: SearchPlace, word: string, wordCount: number) {
  if (isNumber(word)) return { word, candidates: [], meant: [] }
  const candidates = word.length < 3 ? [] : await readNearWords(place, word)
  const most = toleranceOf(word, wordCount)
  const meant = candidates.filter((other) => other.includes(word) || editDistance(word, other, most) <= most)
  return { word, candidates, meant }
}

const isNumber = (word: string) => /^[0-9]+$/.test(word)
const withNumbersNear = ({ word, near }: WordOrNear): WordOrNear =>
  isNumber(word) && toleranceOf(word, 1) > 0 ? { word, near: numbersNear(word) } : { word, near }

const SPLITS = 3

/** A word as two, where one of them is in use: `lucidfren` as `lucid` and `fren`. Longest known part first. */
function splits(word: string, known: readonly string[]): [string, string][] {
  const all = known.flatMap((part): { length: number; pair: [string, string] }[] => {
    if (part.length >= word.length - 1) return []
    if (word.startsWith(part)) return [{ length: part.length, pair: [part, word.slice(part.length)] }]
    if (word.endsWith(part)) return [{ length: part.length, pair: [word.slice(0, -part.length), part] }]
    return []
  })
  return all
    .sort((a, b) => b.length - a.length)
    .slice(0, SPLITS)
    .map(({ pair }) => pair)
}
