/**
 * The fleet wall on the wire. A wall has as many cells as the fleet has devices, and all of them may change, so cells
 * travel as bytes in base64: for each cell the difference of its device's id to the one before (zigzag, base 128), then
 * its code (base 128). In the order of ids a changed cell takes two to three bytes.
 */
export type WallCell = {
  /** Of the device, as in `device.id`. */
  id: number
  /** See `packWallCode`. */
  code: number
}

/** What a cell says, as indices into `healthStates`, `connectivities` and `updateStates`. */
export type WallState = {
  health: number
  connectivity: number
  update: number
  /** How far a download is, 0 to 100; 0 where nothing is downloaded. */
  percent: number
}

/** A state in 14 bits: 2 of health, 2 of connectivity, 3 of the update, 7 of the download's percent. */
export const packWallCode = ({ health, connectivity, update, percent }: WallState): number =>
  health | (connectivity << 2) | (update << 4) | (percent << 7)

/** The state of a code: what `packWallCode` was given. */
export const unpackWallCode = (code: number): WallState => ({
  health: code & 3,
  connectivity: (code >> 2) & 3,
  update: (code >> 4) & 7,
  percent: code >> 7,
})

/** Bytes given to one call; more arguments than a stack holds would fail. */
const CHUNK = 8_192

/** The cells in this order, each as a difference to the one before it; ids below 2^51. */
export function encodeWallCells(cells: Iterable<WallCell>): string {
  const bytes: number[] = []
  // Not by bit operations, which end at 32 bits.
  const push = (value: number) => {
    let rest = value
    for (; rest >= 128; rest = Math.floor(rest / 128)) bytes.push((rest % 128) | 128)
    bytes.push(rest)
  }
  let last = 0
  for (const { id, code } of cells) {
    const step = id - last
    push(step < 0 ? -2 * step - 1 : 2 * step)
    push(code)
    last = id
  }
  let text = ''
  for (let at = 0; at < bytes.length; at += CHUNK) text += String.fromCharCode(...bytes.slice(at, at + CHUNK))
  return btoa(text)
}

/** The cells of a text that `encodeWallCells` made, in its order. Throws a RangeError when it was cut off or is none. */
export function decodeWallCells(encoded: string): WallCell[] {
  const text = bytesOf(encoded)
  const cells: WallCell[] = []
  let at = 0
  const next = () => {
    let value = 0
    for (let place = 1; ; place *= 128) {
      const byte = text.charCodeAt(at++)
      if (Number.isNaN(byte) || place > Number.MAX_SAFE_INTEGER)
        throw new RangeError('The cells of the wall cannot be read: they end within a number.')
      value += (byte & 127) * place
      if (byte < 128) return value
    }
  }
  let last = 0
  while (at < text.length) {
    const step = next()
    last += step % 2 === 1 ? -(step + 1) / 2 : step / 2
    cells.push({ id: last, code: next() })
  }
  return cells
}

function bytesOf(encoded: string): string {
  try {
    return atob(encoded)
  } catch (cause) {
    throw new RangeError('The cells of the wall cannot be read: they are not base64.', { cause })
  }
}
