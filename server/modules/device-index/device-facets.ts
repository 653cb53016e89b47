import { deviceFilter, type DeviceFacets, type DeviceFilter } from '#contract/device'
import type { Within } from '../../platform/within.ts'
import { listParts, singleParts, type DeviceColumns } from './device-columns.ts'
import { matchingSlots, partsOf } from './device-match.ts'
import { compare } from './dictionary.ts'
import { facetParts, type FacetPart } from './facet-part.ts'
import { add, type Counts } from './fleet-tally.ts'

const MAX_VALUES = 50

export type FacetCounts = Record<FacetPart, { value: string; count: number }[]>
export type FacetLabels = { deviceType: ReadonlyMap<string, string>; release: ReadonlyMap<string, string> }

/** Counts by code of one part over these slots. Plain loops: they see every device that matches. */
function countOver(columns: DeviceColumns, slots: Int32Array, part: FacetPart): Counts {
  const counts = new Int32Array(columns.dictionaries[part].size)
  const single = singleParts.find((own) => own === part)
  const list = listParts.find((own) => own === part)
  if (single !== undefined) {
    const codes = columns.single[single]
    for (let at = 0; at < slots.length; at++) {
      const code = codes[slots[at] ?? 0] ?? 0
      counts[code] = (counts[code] ?? 0) + 1
    }
  } else if (list !== undefined) columns.lists[list].countInto(counts, slots)
  const found: Counts = new Map()
  for (const [code, count] of counts.entries()) if (count > 0) found.set(code, count)
  return found
}

function listed(columns: DeviceColumns, part: FacetPart, counts: Counts) {
  const byValue = new Map<string, number>()
  for (const [code, count] of counts) {
    const value = columns.facetValue(part, code)
    if (value !== null) byValue.set(value, (byValue.get(value) ?? 0) + count)
  }
  return [...byValue]
    .map(([value, count]) => ({ value, count }))
    .sort((a, b) => b.count - a.count || compare(a.value, b.value))
    .slice(0, MAX_VALUES)
}

/** Those of `all` that are not in `some`; both ascending. */
function others(all: Int32Array, some: Int32Array): Int32Array {
  const rest = new Int32Array(all.length - some.length)
  let [length, met] = [0, 0]
  for (let at = 0; at < all.length; at++) {
    const slot = all[at] ?? 0
    if (slot === some[met]) met++
    else rest[length++] = slot
  }
  return rest
}

/**
 * Counts by value of every facet, each with all the other filters applied. Of a whole fleet, and of all devices, they are
 * kept. Else the fewer are counted: the devices that match, or those that do not, which are taken off what is kept.
 */
export function facetsOf(columns: DeviceColumns, filter: Within<DeviceFilter>): FacetCounts {
  const { fleetId } = filter
  const tally = fleetId === undefined ? columns.all : columns.tallyOf(fleetId)
  const countsOver = (slots: Int32Array): ((part: FacetPart) => Counts) => {
    if (slots.length === tally.total) return (part) => tally.parts[part]
    if (slots.length * 2 <= tally.total) return (part) => countOver(columns, slots, part)
    const rest = others(matchingSlots(columns, { ...deviceFilter.parse({ fleetId }), within: 'all' }), slots)
    return (part) => {
      const counts = new Map(tally.parts[part])
      for (const [code, count] of countOver(columns, rest, part)) add(counts, code, -count)
      return counts
    }
  }
  const ofAll = countsOver(matchingSlots(columns, filter))
  const narrowing = partsOf(filter)
  const countsOf = (part: FacetPart): Counts =>
    narrowing.includes(part)
      ? countsOver(matchingSlots(columns, filter, { without: part }))(part)
      : ofAll(part)
  return Object.fromEntries(
    facetParts.map((part) => [part, listed(columns, part, countsOf(part))]),
  ) as FacetCounts
}

/** Facets with what people call their values. */
export function labelled(counts: FacetCounts, labels: FacetLabels): DeviceFacets {
  const label = (part: FacetPart, value: string) => {
    if (part === 'deviceType') return labels.deviceType.get(value) ?? value
    if (part === 'release') return value === 'none' ? 'no release' : (labels.release.get(value) ?? value)
    if (part === 'pinned') return value === 'true' ? 'Pinned' : 'Not pinned'
    return value
  }
  return Object.fromEntries(
    facetParts.map((part) => [
      part,
      counts[part].map(({ value, count }) => ({ value, label: label(part, value), count })),
    ]),
  ) as DeviceFacets
}
