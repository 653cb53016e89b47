import { searchFields, searchGrades, type SearchField, type SearchGrade } from '#contract/search'
import { editDistance } from './edit-distance.ts'
import { plainNumber, squash, toleranceOf, wordsOf, type SearchQuery } from './search-query.rules.ts'
import { piecesOf, type Searchable } from './search-terms.rules.ts'

export type Match = {
  field: SearchField
  label: string | null
  value: string
  grade: SearchGrade
  /** Letters that differ; 0 unless `similar`. */
  distance: number
}
export type Find = { grade: SearchGrade; distance: number; matches: Match[] }

/** Ends and starts of uuids and numbers count from so many characters on. */
const TELLING_LENGTH = 4
/** All words of a search together. */
const MOST_WRONG = 2

const gradeRank = (grade: SearchGrade) => searchGrades.indexOf(grade)
const fieldRank = (field: SearchField) => searchFields.indexOf(field)
const isBetter = (a: Match, b: Match) =>
  gradeRank(a.grade) - gradeRank(b.grade) ||
  a.distance - b.distance ||
  fieldRank(a.field) - fieldRank(b.field)

type Place = { field: SearchField; label: string | null; value: string }

function placesOf(device: Searchable): Place[] {
  const place = (field: SearchField, value: string, label: string | null = null) => ({ field, label, value })
  return [
    place('name', device.name),
    place('uuid', device.uuid),
    ...Object.entries(device.tags).map(([key, value]) => place('tag', value, key)),
    ...device.addresses.map((address) => place('address', address)),
    ...device.macs.map((mac) => place('mac', mac)),
    ...(device.serial === null ? [] : [place('serial', device.serial)]),
  ]
}

function gradeOfStart(value: string, typed: string): SearchGrade | null {
  if (typed === '') return null
  if (value === typed) return 'exact'
  return value.startsWith(typed) ? 'start' : null
}

/** The whole text against one value. */
function wholeGrade(query: SearchQuery, { field, label, value }: Place): SearchGrade | null {
  const lower = value.toLowerCase()
  switch (field) {
    case 'name':
      return gradeOfStart(squash(value), query.squashed)
    case 'uuid':
      return gradeOfStart(lower, query.squashed)
    case 'address':
      return gradeOfStart(lower, query.text)
    case 'tag':
      if (query.tag !== null && label?.toLowerCase() === query.tag.key)
        return gradeOfStart(lower, query.tag.value)
      return gradeOfStart(lower, query.text) ?? (label?.toLowerCase() === query.text ? 'word' : null)
    case 'mac':
    case 'serial': {
      const plain = squash(value)
      const isEnd = query.squashed.length >= TELLING_LENGTH && plain.endsWith(query.squashed)
      return gradeOfStart(plain, query.squashed) ?? (isEnd ? 'end' : null)
    }
  }
}

/** One value with its words, which are cut out once however many words are looked for. */
type WordPlace = Place & { squashed: string; pieces: readonly string[]; labelWords: readonly string[] }

const isWordy = (field: SearchField) => field === 'name' || field === 'tag'

const wordPlaceOf = (place: Place): WordPlace => ({
  ...place,
  squashed: squash(place.value),
  pieces: isWordy(place.field) ? piecesOf(place.value) : [],
  labelWords: place.label === null ? [] : wordsOf(place.label),
})

function wordGrade(word: string, { field, pieces, squashed, labelWords }: WordPlace): SearchGrade | null {
  if (!isWordy(field)) return word.length >= TELLING_LENGTH && squashed.startsWith(word) ? 'word' : null
  const plain = plainNumber(word)
  if (pieces.some((piece) => piece.startsWith(word) || piece === plain) || labelWords.includes(word))
    return 'word'
  return word.length >= 3 && squashed.includes(word) ? 'inside' : null
}

const best = (matches: readonly Match[]): Match | null => [...matches].sort(isBetter)[0] ?? null

function bestOfWord(word: string, places: readonly WordPlace[], wordCount: number): Match | null {
  const sure = places.flatMap((place): Match[] => {
    const grade = wordGrade(word, place)
    return grade === null ? [] : [matchAt(place, grade)]
  })
  // Only where a word stands nowhere as it was typed is it worth comparing letter by letter.
  if (sure.length > 0) return best(sure)
  const most = toleranceOf(word, wordCount)
  if (most === 0) return null
  return best(
    places
      .filter(({ field }) => isWordy(field))
      .flatMap((place): Match[] => {
        const distance = Math.min(most + 1, ...place.pieces.map((piece) => editDistance(word, piece, most)))
        return distance <= most ? [matchAt(place, 'similar', distance)] : []
      }),
  )
}

const matchAt = ({ field, label, value }: Place, grade: SearchGrade, distance = 0): Match => ({
  field,
  label,
  value,
  grade,
  distance,
})

/** A name as a whole, typed with letters wrong; also where the space or dash between its words is missing. */
function similarName(query: SearchQuery, name: string): Match | null {
  const most = Math.min(MOST_WRONG, toleranceOf(query.squashed, 1))
  if (/^[0-9]+$/.test(query.squashed)) return null
  const distance = editDistance(query.squashed, squash(name), most)
  return distance > most ? null : { field: 'name', label: null, value: name, grade: 'similar', distance }
}

/** Whether and where a device is meant by what was typed; null: it is not. */
export function findInDevice(query: SearchQuery, device: Searchable): Find | null {
  const places = placesOf(device)
  const whole = best(
    places.flatMap((place) => {
      const grade = wholeGrade(query, place)
      return grade === null ? [] : [matchAt(place, grade)]
    }),
  )
  if (whole !== null) return { grade: whole.grade, distance: 0, matches: [whole] }
  const wordPlaces = places.map(wordPlaceOf)
  const byWord = query.words.map((word) => bestOfWord(word, wordPlaces, query.words.length))
  const matches = byWord.filter((match) => match !== null)
  const distance = matches.reduce((sum, match) => sum + match.distance, 0)
  if (query.words.length > 0 && matches.length === byWord.length && distance <= MOST_WRONG) {
    const worst = [...matches].sort(isBetter).at(-1)
    if (worst) return { grade: worst.grade, distance, matches: onePerPlace(matches) }
  }
  const name = similarName(query, device.name)
  return name && { grade: 'similar', distance: name.distance, matches: [name] }
}

/** Two words found in one value are one match, as good as the worse of them. */
function onePerPlace(matches: readonly Match[]): Match[] {
  const places = new Map<string, Match>()
  for (const match of matches) {
    const key = JSON.stringify([match.field, match.label, match.value])
    const known = places.get(key)
    if (!known || isBetter(known, match) < 0) places.set(key, match)
  }
  return [...places.values()]
}

/** Order of two finds: how, then how far off, where, and the shorter name first. */
export function compareFinds(
  a: { find: Find; device: Searchable },
  b: { find: Find; device: Searchable },
): number {
  const [first, second] = [a.find.matches[0], b.find.matches[0]]
  return (
    gradeRank(a.find.grade) - gradeRank(b.find.grade) ||
    a.find.distance - b.find.distance ||
    (first && second ? fieldRank(first.field) - fieldRank(second.field) : 0) ||
    a.device.name.length - b.device.name.length ||
    (a.device.name < b.device.name ? -1 : a.device.name > b.device.name ? 1 : 0) ||
    (a.device.uuid < b.device.uuid ? -1 : 1)
  )
}
