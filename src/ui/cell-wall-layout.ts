const MAX_CELL = 22
/** Small enough that 100,000 cells fit on one screen; below, a cell could no longer be pointed at. */
const MIN_CELL = 2
/** From this size on a gap tells cells apart; smaller ones make one picture. */
const GAP_FROM = 4
const WIDE_GAP_FROM = 8
const MAX_HEIGHT = 440

/** Sizes in CSS pixels; `step` is a cell with its gap. */
export type WallLayout = { columns: number; rows: number; cell: number; step: number }

const gapOf = (cell: number) => (cell >= WIDE_GAP_FROM ? 2 : cell >= GAP_FROM ? 1 : 0)

/** The largest square cells with which `count` of them fit into `width` and, if it can be, `maxHeight` (CSS px). */
export function layoutWall(count: number, width: number, maxHeight = MAX_HEIGHT): WallLayout {
  for (let cell = MAX_CELL; ; cell--) {
    const gap = gapOf(cell)
    const step = cell + gap
    const columns = Math.max(1, Math.floor((width + gap) / step))
    const rows = Math.ceil(count / columns)
    if (rows * step <= maxHeight || cell === MIN_CELL) return { columns, rows, cell, step }
  }
}

/** The cell at a point relative to the wall's corner, or null beside and between them. */
export function cellAtPoint(wall: WallLayout, count: number, x: number, y: number): number | null {
  const column = Math.floor(x / wall.step)
  const row = Math.floor(y / wall.step)
  const index = row * wall.columns + column
  return column >= 0 && column < wall.columns && row >= 0 && index < count ? index : null
}

/** Where a key leads from cell `from` (null: nowhere yet), or null for a key that does not move. */
export function cellAfterKey(
  wall: WallLayout,
  count: number,
  from: number | null,
  key: string,
): number | null {
  if (count === 0) return null
  const last = count - 1
  if (key === 'Home') return 0
  if (key === 'End') return last
  const moves: Record<string, number> = {
    ArrowRight: 1,
    ArrowLeft: -1,
    ArrowDown: wall.columns,
    ArrowUp: -wall.columns,
  }
  const move = moves[key]
  if (move === undefined) return null
  if (from === null) return 0
  const next = from + move
  // Up from the first row and down from the last one stay, rather than slide sideways.
  return next < 0 || next > last ? from : next
}
