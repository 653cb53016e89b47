import type { DeviceFilter } from '#contract/device'
import type { Within } from '../../platform/within.ts'
import { grown } from './code-lists.ts'
import { listParts, singleParts, tagPair, type DeviceColumns } from './device-columns.ts'
import { facetParts, type FacetPart } from './facet-part.ts'

/** One number for each code: 1 where the filter lets it pass. */
type Passing = Uint8Array

const wanted = (filter: DeviceFilter, part: FacetPart): readonly string[] => {
  if (part === 'pinned') return filter.pinned === undefined ? [] : [String(filter.pinned)]
  return filter[part]
}

/** Parts of a filter that narrow anything. */
export const partsOf = (filter: DeviceFilter): FacetPart[] =>
  facetParts.filter((part) => wanted(filter, part).length > 0)

function passingOf(columns: DeviceColumns, filter: DeviceFilter, part: FacetPart): Passing {
  const { dictionaries } = columns
  const values = wanted(filter, part)
  const passing = new Uint8Array(dictionaries[part].size)
  const pass = (code: number | undefined) => {
    if (code !== undefined) passing[code] = 1
  }
  if (part === 'tag') {
    const keys = values.filter((value) => !value.includes(':'))
    if (keys.length > 0)
      for (const [pair, code] of dictionaries.tag.entries())
        if (keys.some((key) => pair.startsWith(`${key}\n`))) pass(code)
    for (const value of values) {
      const cut = value.indexOf(':')
      if (cut >= 0) pass(dictionaries.tag.find(tagPair(value.slice(0, cut), value.slice(cut + 1))))
    }
  } else if (part === 'release')
    for (const value of values) pass(dictionaries.release.find(value === 'none' ? 0 : releaseId(value)))
  else for (const value of values) pass(value === '' ? undefined : dictionaries[part].find(value))
  return passing
}

/** Ids begin at 1; what is no id is that of no release. */
const releaseId = (text: string) => {
  const id = Number(text)
  return Number.isSafeInteger(id) && id > 0 ? id : -1
}

/** Those of these slots for which a column holds a passing code, written to `into`, which may be the same array. */
function narrowSingle(slots: Int32Array, into: Int32Array, codes: Int32Array, passing: Passing): Int32Array {
  let length = 0
  for (let at = 0; at < slots.length; at++) {
    const slot = slots[at] ?? 0
    if (passing[codes[slot] ?? 0] === 1) into[length++] = slot
  }
  return into.subarray(0, length)
}

function narrowToText(columns: DeviceColumns, slots: Int32Array, into: Int32Array, text: string): Int32Array {
  const candidates = columns.textCandidates(text)
  let length = 0
  for (let at = 0; at < slots.length; at++) {
    const slot = slots[at] ?? 0
    const mayHave = candidates === null || ((candidates[slot >>> 5] ?? 0) & (1 << (slot & 31))) !== 0
    if (mayHave && columns.hasText(slot, text)) into[length++] = slot
  }
  return into.subarray(0, length)
}

function passingFleets(columns: DeviceColumns, fleetIds: readonly number[]): Passing {
  const passing = new Uint8Array(columns.fleets.size)
  for (const fleetId of fleetIds) {
    const code = columns.fleets.find(fleetId)
    if (code !== undefined) passing[code] = 1
  }
  return passing
}

/** Room for the slots of one match, used again and again: making it anew costs more than filling it. */
let room = new Int32Array(0)

/**
 * The slots of the devices that pass the filter, ascending; `without` leaves one part out. With `isPassing` the answer is
 * good only until the next one is asked for.
 */
export function matchingSlots(
  columns: DeviceColumns,
  filter: Within<DeviceFilter>,
  { without, isPassing = false }: { without?: FacetPart; isPassing?: boolean } = {},
): Int32Array {
  let slots = columns.aliveSlots()
  if (isPassing) room = grown(room, slots.length)
  const into = isPassing ? room : new Int32Array(slots.length)
  if (filter.fleetId !== undefined)
    slots = narrowSingle(slots, into, columns.fleet, passingFleets(columns, [filter.fleetId]))
  if (filter.within !== 'all')
    slots = narrowSingle(slots, into, columns.fleet, passingFleets(columns, filter.within))
  for (const part of partsOf(filter)) {
    if (part === without) continue
    const passing = passingOf(columns, filter, part)
    const single = singleParts.find((own) => own === part)
    const list = listParts.find((own) => own === part)
    if (single !== undefined) slots = narrowSingle(slots, into, columns.single[single], passing)
    else if (list !== undefined) slots = columns.lists[list].narrow(slots, into, passing)
  }
  const text = columns.fold(filter.q.trim())
  return text === '' ? slots : narrowToText(columns, slots, into, text)
}
