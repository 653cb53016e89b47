/** From this size on, in CSS px, a cell has room for a sign. */
const SIGN_FROM = 8
/** How much of a cell shows that stands back behind others. */
const FAINT = 0.18

/** A cross, a stroke, a ring or a dot. */
export type CellSign = 'cross' | 'stroke' | 'ring' | 'dot'
export type CellLook = { fill: string; level: number; sign: CellSign | null; isLit: boolean }

/** Draws one cell over whatever was there; `colourOf` reads a CSS variable. */
export function drawCell(
  context: CanvasRenderingContext2D,
  { x, y, size }: { x: number; y: number; size: number },
  { fill, level, sign, isLit }: CellLook,
  colourOf: (name: string) => string,
): void {
  context.clearRect(x, y, size, size)
  context.globalAlpha = isLit ? 1 : FAINT
  if (level < 1) {
    context.fillStyle = colourOf('--line')
    context.fillRect(x, y, size, size)
  }
  context.fillStyle = colourOf(fill)
  const filled = Math.max(1, size * level)
  context.fillRect(x, y + size - filled, size, filled)
  if (sign !== null && size >= SIGN_FROM) drawSign(context, sign, x, y, size, colourOf('--ink'))
  context.globalAlpha = 1
}

function drawSign(
  context: CanvasRenderingContext2D,
  sign: CellSign,
  x: number,
  y: number,
  size: number,
  colour: string,
): void {
  const [near, far, middle] = [size * 0.28, size * 0.72, size / 2]
  context.strokeStyle = colour
  context.fillStyle = colour
  context.lineWidth = Math.max(1, size / 10)
  context.beginPath()
  if (sign === 'cross' || sign === 'stroke') {
    context.moveTo(x + near, y + far)
    context.lineTo(x + far, y + near)
  }
  if (sign === 'cross') {
    context.moveTo(x + near, y + near)
    context.lineTo(x + far, y + far)
  }
  if (sign === 'ring') context.arc(x + middle, y + middle, size * 0.24, 0, 2 * Math.PI)
  if (sign === 'dot') {
    context.arc(x + middle, y + middle, size * 0.16, 0, 2 * Math.PI)
    context.fill()
  } else context.stroke()
}
