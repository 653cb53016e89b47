import { decodeWallCells, type WallCell } from '#contract/wall-cells'

/** A fleet's wall as the page holds it: by place on the wall the device's id and the code of its cell. */
export type Wall = {
  cursor: number
  ids: readonly number[]
  codes: Uint16Array
  /** Where each id stands. */
  places: ReadonlyMap<number, number>
}

const placesOf = (ids: readonly number[]) => new Map(ids.map((id, place) => [id, place]))

export function wallOf({ cursor, cells }: { cursor: number; cells: string }): Wall {
  const decoded = decodeWallCells(cells)
  const ids = decoded.map((cell) => cell.id)
  return { cursor, ids, codes: Uint16Array.from(decoded, (cell) => cell.code), places: placesOf(ids) }
}

/** The wall with these cells changed: one that is new goes to the end, so that no other moves. */
export function changedWall(wall: Wall, data: { cells: string; removed: readonly number[] }): Wall {
  const kept = withoutCells(wall, data.removed)
  const codes = kept === wall ? wall.codes.slice() : kept.codes
  const fresh: WallCell[] = []
  for (const cell of decodeWallCells(data.cells)) {
    const place = kept.places.get(cell.id)
    if (place === undefined) fresh.push(cell)
    else codes[place] = cell.code
  }
  if (fresh.length === 0) return { ...kept, codes }
  const ids = [...kept.ids, ...fresh.map((cell) => cell.id)]
  const grown = new Uint16Array(ids.length)
  grown.set(codes)
  grown.set(
    fresh.map((cell) => cell.code),
    codes.length,
  )
  return { ...kept, ids, codes: grown, places: placesOf(ids) }
}

function withoutCells(wall: Wall, removed: readonly number[]): Wall {
  const gone = new Set(removed.filter((id) => wall.places.has(id)))
  if (gone.size === 0) return wall
  const ids = wall.ids.filter((id) => !gone.has(id))
  const codes = wall.codes.filter((_, place) => !gone.has(wall.ids[place] ?? 0))
  return { ...wall, ids, codes, places: placesOf(ids) }
}
