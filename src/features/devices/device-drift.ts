import type { DeviceRow } from '#contract/device'
import { healthStates } from '#contract/health-states'
import type { DeviceListSearch } from './device-list-search'

/** What happened beside the rows in place since the list was read. */
export type Drift = {
  /** Devices that are not on screen but would come in, or stand elsewhere. */
  entered: number
  /** Devices on screen that no longer match, or were deleted. */
  left: ReadonlySet<string>
  /** Devices on screen that would stand elsewhere now. */
  moved: ReadonlySet<string>
}

export const noDrift: Drift = { entered: 0, left: new Set(), moved: new Set() }

/** How many changes a refresh of the list would show. */
export const countDrift = ({ entered, left, moved }: Drift): number =>
  entered + new Set([...left, ...moved]).size

/**
 * What a row is ordered by, for the orders that people follow by eye. Times and measurements change with every report;
 * a list ordered by them is one of the moment it was read.
 */
function orderOf(row: DeviceRow, sort: DeviceListSearch['sort']): string | number | null {
  switch (sort) {
    case 'trouble':
      return healthStates.indexOf(row.health)
    case 'name':
      return row.name
    case 'release':
      return row.currentRelease?.id ?? 0
    case 'os':
      return row.osVersion
    case 'type':
      return row.deviceType
    case 'lastSeen':
    case 'cpu':
    case 'temperature':
    case 'memory':
    case 'storage':
      return null
  }
}

export type WindowPatch = { upserted: readonly DeviceRow[]; left: readonly string[]; entered: number }

/**
 * The drift after a patch of the window. `held` are the rows as they were before it. A patch that repeats what was
 * told before (`isRepeated`) counts no entries twice; what left or moved is known by name and cannot be counted twice.
 */
export function addDrift(
  drift: Drift,
  patch: WindowPatch,
  held: ReadonlyMap<string, DeviceRow>,
  options: { sort: DeviceListSearch['sort']; isRepeated: boolean },
): Drift {
  const left = new Set(patch.left)
  const back = patch.upserted.filter((row) => !left.has(row.uuid)).map((row) => row.uuid)
  const moved = patch.upserted.filter((row) => {
    const before = held.get(row.uuid)
    return before !== undefined && orderOf(before, options.sort) !== orderOf(row, options.sort)
  })
  return {
    entered: drift.entered + (options.isRepeated ? 0 : patch.entered),
    left: new Set([...drift.left, ...left].filter((uuid) => !back.includes(uuid))),
    moved: new Set([...drift.moved, ...moved.map((row) => row.uuid)]),
  }
}

/** From which revision on each row is known: its page's, or that of the last patch whose window held it. */
export class Freshness {
  readonly #byUuid = new Map<string, number>()
  #latest = 0

  /** The highest revision any patch brought. */
  get latest(): number {
    return this.#latest
  }

  /** Notes that these rows are known up to `revision`; what is known to be newer stays. */
  note(uuids: readonly string[], revision: number): void {
    for (const uuid of uuids) this.#byUuid.set(uuid, Math.max(revision, this.#byUuid.get(uuid) ?? 0))
  }

  notePatch(uuids: readonly string[], to: number): void {
    this.note(uuids, to)
    this.#latest = Math.max(this.#latest, to)
  }

  /** The revision from which patches are needed for all of these rows; `fallback` when there are none. */
  since(uuids: readonly string[], fallback: number): number {
    return uuids.length === 0
      ? Math.max(fallback, this.#latest)
      : Math.min(...uuids.map((uuid) => this.#byUuid.get(uuid) ?? fallback))
  }
}
