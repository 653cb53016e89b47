import { facetParts, type FacetPart } from './facet-part.ts'

/** How many devices have each value, by the code of the value. */
export type Counts = Map<number, number>

/** Kept counts of a fleet, or of all: a change takes back what a device counted as and adds what it counts as now. */
export class Tally {
  total = 0
  readonly parts: Readonly<Record<FacetPart, Counts>>
  /** Devices by code of reason and severity together. */
  readonly severities: Counts = new Map()

  constructor() {
    this.parts = Object.fromEntries(facetParts.map((part) => [part, new Map<number, number>()])) as Record<
      FacetPart,
      Counts
    >
  }
}

export function add(counts: Counts, code: number, by: number): void {
  const next = (counts.get(code) ?? 0) + by
  if (next === 0) counts.delete(code)
  else counts.set(code, next)
}
