import { useEffect, useEffectEvent, useLayoutEffect, useRef, useState } from 'react'

const MAX_CELL = 22
const MIN_CELL = 3
const MAX_HEIGHT = 420

export type Wall = { columns: number; rows: number; cell: number; gap: number }

/** The largest square cells with which `count` of them fit into `width` and, if it can be, `maxHeight` (CSS px). */
export function layoutWall(count: number, width: number, maxHeight = MAX_HEIGHT): Wall {
  for (let cell = MAX_CELL; cell >= MIN_CELL; cell--) {
    const gap = cell >= 8 ? 2 : 1
    const columns = Math.max(1, Math.floor((width + gap) / (cell + gap)))
    const rows = Math.ceil(count / columns)
    if (rows * (cell + gap) <= maxHeight || cell === MIN_CELL) return { columns, rows, cell, gap }
  }
  return { columns: 1, rows: count, cell: MIN_CELL, gap: 1 }
}

type CellWallProps = {
  label: string
  count: number
  /** CSS variable name of the fill of cell i, such as `--fill-ok`. */
  fillOf: (index: number) => string
  /** 0-1: how much of the cell is filled, from below; 1 for a whole cell. */
  levelOf: (index: number) => number
  textOf: (index: number) => string
  onOpen: (index: number) => void
  /** Changes whenever a cell may have changed. */
  version: unknown
}

function drawWall(canvas: HTMLCanvasElement, wall: Wall, props: CellWallProps, active: number | null): void {
  const context = canvas.getContext('2d')
  if (!context) return
  const ratio = window.devicePixelRatio
  const step = wall.cell + wall.gap
  const width = wall.columns * step
  const height = wall.rows * step
  canvas.width = Math.round(width * ratio)
  canvas.height = Math.round(height * ratio)
  context.scale(ratio, ratio)
  const style = getComputedStyle(canvas)
  const colours = new Map<string, string>()
  const colour = (name: string) => {
    const known = colours.get(name) ?? style.getPropertyValue(name).trim()
    colours.set(name, known)
    return known
  }
  for (let index = 0; index < props.count; index++) {
    const x = (index % wall.columns) * step
    const y = Math.floor(index / wall.columns) * step
    const level = props.levelOf(index)
    if (level < 1) {
      context.fillStyle = colour('--line')
      context.fillRect(x, y, wall.cell, wall.cell)
    }
    context.fillStyle = colour(props.fillOf(index))
    const filled = Math.max(1, wall.cell * level)
    context.fillRect(x, y + wall.cell - filled, wall.cell, filled)
    if (index === active) {
      context.strokeStyle = colour('--ink')
      context.lineWidth = 2
      context.strokeRect(x + 1, y + 1, wall.cell - 2, wall.cell - 2)
    }
  }
}

/**
 * Many things as one cell each, drawn on a canvas, so that 100,000 cost as little as 100. Arrow keys move from cell to
 * cell, Enter opens; the cell under pointer or cursor is told in words below.
 */
export function CellWall(props: CellWallProps) {
  const box = useRef<HTMLDivElement>(null)
  const canvas = useRef<HTMLCanvasElement>(null)
  const [width, setWidth] = useState(0)
  const [active, setActive] = useState<number | null>(null)
  const wall = layoutWall(props.count, Math.max(width, MIN_CELL))
  const draw = useEffectEvent(() => {
    if (canvas.current && width > 0) drawWall(canvas.current, wall, props, active)
  })
  useLayoutEffect(() => {
    const element = box.current
    if (!element) return
    const observer = new ResizeObserver(() => setWidth(element.clientWidth))
    observer.observe(element)
    setWidth(element.clientWidth)
    return () => observer.disconnect()
  }, [])
  useEffect(() => {
    const frame = requestAnimationFrame(() => draw())
    return () => cancelAnimationFrame(frame)
  }, [width, props.version, props.count, active])
  useEffect(() => {
    // Colours come from the theme's variables.
    const observer = new MutationObserver(() => draw())
    observer.observe(document.documentElement, { attributes: true, attributeFilter: ['class'] })
    return () => observer.disconnect()
  }, [])
  const cellAt = (event: React.PointerEvent<HTMLCanvasElement>): number | null => {
    const bounds = event.currentTarget.getBoundingClientRect()
    const step = wall.cell + wall.gap
    const column = Math.floor((event.clientX - bounds.left) / step)
    const index = Math.floor((event.clientY - bounds.top) / step) * wall.columns + column
    return column < wall.columns && index >= 0 && index < props.count ? index : null
  }
  const moves: Record<string, number> = {
    ArrowRight: 1,
    ArrowLeft: -1,
    ArrowDown: wall.columns,
    ArrowUp: -wall.columns,
  }
  const onKeyDown = (event: React.KeyboardEvent) => {
    if (event.key === 'Enter' && active !== null) props.onOpen(active)
    const move = moves[event.key]
    if (move === undefined) return
    event.preventDefault()
    setActive(Math.min(props.count - 1, Math.max(0, active === null ? 0 : active + move)))
  }
  const step = wall.cell + wall.gap
  return (
    <div>
      <div ref={box} className="overflow-x-hidden">
        <div
          role="listbox"
          tabIndex={0}
          aria-label={`${props.label}: arrow keys move, Enter opens`}
          aria-activedescendant={active === null ? undefined : 'wall-active'}
          onKeyDown={onKeyDown}
        >
          <canvas
            ref={canvas}
            style={{ width: wall.columns * step, height: wall.rows * step }}
            className="block max-w-none cursor-pointer"
            onPointerMove={(event) => setActive(cellAt(event))}
            onPointerLeave={() => setActive(null)}
            onPointerDown={(event) => {
              const index = cellAt(event)
              if (index !== null) props.onOpen(index)
            }}
          />
          <span id="wall-active" role="option" aria-selected={active !== null} className="sr-only">
            {active === null ? props.label : props.textOf(active)}
          </span>
        </div>
      </div>
      <p className="text-ink-muted mt-2 h-5 truncate text-[13px]" aria-hidden>
        {active === null ? 'Point at a cell to see which device it is.' : props.textOf(active)}
      </p>
    </div>
  )
}
