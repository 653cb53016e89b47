import { useEffect, useEffectEvent, useId, useLayoutEffect, useRef, useState } from 'react'
import { drawCell, type CellLook } from './cell-wall-cell'
import { cellAfterKey, cellAtPoint, layoutWall, type WallLayout } from './cell-wall-layout'

/** Browsers refuse canvases that are much larger. */
const MAX_CANVAS_PX = 8192
/** Half of the widest tooltip, so that it stays inside the wall. */
const TIP_HALF_WIDTH = 130

type CellWallProps = {
  label: string
  count: number
  /** A whole number from 0 that says all there is to see of cell i; asked of every cell with every change. */
  codeOf: (index: number) => number
  /** What a code looks like. */
  lookOf: (code: number) => CellLook
  textOf: (index: number) => string
  /** The cell that the pointer or the keyboard is at; null: none. */
  onPoint?: (index: number | null) => void
  onOpen: (index: number) => void
  /** Changes whenever a cell may have changed. */
  version: unknown
}

/** What is on the canvas: by cell the code drawn last and 1, so that a change redraws only the cells that look different. */
type Drawn = { frame: string; codes: Float64Array }

function drawWall(canvas: HTMLCanvasElement, wall: WallLayout, props: CellWallProps, held: Drawn): Drawn {
  const context = canvas.getContext('2d')
  if (!context) return held
  const width = wall.columns * wall.step
  const height = wall.rows * wall.step
  const ratio = Math.min(window.devicePixelRatio, MAX_CANVAS_PX / Math.max(width, height))
  const theme = document.documentElement.className
  const frame = `${wall.columns} ${wall.step} ${props.count} ${ratio} ${theme}`
  const isAnew = frame !== held.frame
  if (isAnew) {
    canvas.width = Math.round(width * ratio)
    canvas.height = Math.round(height * ratio)
    context.scale(ratio, ratio)
  }
  const style = getComputedStyle(canvas)
  const colours = new Map<string, string>()
  const colourOf = (name: string) => {
    const colour = colours.get(name) ?? style.getPropertyValue(name).trim()
    colours.set(name, colour)
    return colour
  }
  const looks = new Map<number, CellLook>()
  const lookOf = (code: number) => {
    const look = looks.get(code) ?? props.lookOf(code)
    looks.set(code, look)
    return look
  }
  const codes = isAnew ? new Float64Array(props.count) : held.codes
  for (let index = 0; index < props.count; index++) {
    const code = props.codeOf(index)
    if (codes[index] === code + 1) continue
    codes[index] = code + 1
    const x = (index % wall.columns) * wall.step
    const y = Math.floor(index / wall.columns) * wall.step
    drawCell(context, { x, y, size: wall.cell }, lookOf(code), colourOf)
  }
  return { frame, codes }
}

function CellTip({
  wall,
  index,
  text,
  width,
}: {
  wall: WallLayout
  index: number
  text: string
  width: number
}) {
  const left = (index % wall.columns) * wall.step
  const top = Math.floor(index / wall.columns) * wall.step
  const middle = left + wall.cell / 2
  const half = Math.min(TIP_HALF_WIDTH, width / 2)
  return (
    <>
      <span
        aria-hidden
        className="outline-ink pointer-events-none absolute outline-2"
        style={{ left, top, width: wall.cell, height: wall.cell }}
      />
      <span
        aria-hidden
        className="bg-ink text-canvas pointer-events-none absolute z-10 w-max max-w-64 -translate-x-1/2 rounded-md px-2 py-1 text-[13px] break-words"
        style={{ left: Math.max(half, Math.min(width - half, middle)), top: top + wall.cell + 6 }}
      >
        {text}
      </span>
    </>
  )
}

/**
 * Many things as one cell each, drawn on a canvas, so that 100,000 cost as little as 100. Arrow keys move from cell to
 * cell, Enter opens. A mouse opens with one click; a finger first shows what the cell is and opens with a second tap.
 */
export function CellWall(props: CellWallProps) {
  const box = useRef<HTMLDivElement>(null)
  const canvas = useRef<HTMLCanvasElement>(null)
  const drawn = useRef<Drawn>({ frame: '', codes: new Float64Array(0) })
  const [width, setWidth] = useState(0)
  const [active, setActiveCell] = useState<number | null>(null)
  const pointer = useRef('mouse')
  const optionId = useId()
  const wall = layoutWall(props.count, Math.max(width, 1))
  const shown = active !== null && active < props.count ? active : null
  const setActive = (index: number | null) => {
    setActiveCell(index)
    if (index !== active) props.onPoint?.(index)
  }
  const draw = useEffectEvent(() => {
    if (canvas.current && width > 0) drawn.current = drawWall(canvas.current, wall, props, drawn.current)
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
  }, [width, props.version, props.count])
  useEffect(() => {
    // Colours come from the theme's variables.
    const observer = new MutationObserver(() => draw())
    observer.observe(document.documentElement, { attributes: true, attributeFilter: ['class'] })
    return () => observer.disconnect()
  }, [])
  const cellAt = (event: React.MouseEvent<HTMLCanvasElement>) => {
    const bounds = event.currentTarget.getBoundingClientRect()
    return cellAtPoint(wall, props.count, event.clientX - bounds.left, event.clientY - bounds.top)
  }
  const onClick = (event: React.MouseEvent<HTMLCanvasElement>) => {
    const index = cellAt(event)
    if (index !== null && (pointer.current === 'mouse' || index === shown)) props.onOpen(index)
    else setActive(index)
  }
  const onKeyDown = (event: React.KeyboardEvent) => {
    if (event.key === 'Enter' && shown !== null) props.onOpen(shown)
    if (event.key === 'Escape') setActive(null)
    const next = cellAfterKey(wall, props.count, shown, event.key)
    if (next === null) return
    event.preventDefault()
    setActive(next)
  }
  return (
    <div ref={box}>
      <div
        role="listbox"
        tabIndex={0}
        aria-label={`${props.label}: arrow keys move, Enter opens`}
        aria-activedescendant={shown === null ? undefined : optionId}
        onKeyDown={onKeyDown}
        onBlur={() => setActive(null)}
        className="relative"
      >
        {}
        <canvas
          ref={canvas}
          style={{ width: wall.columns * wall.step, height: wall.rows * wall.step }}
          className="block max-w-none cursor-pointer"
          onPointerDown={(event) => {
            pointer.current = event.pointerType
          }}
          onPointerMove={(event) => {
            if (event.pointerType === 'mouse') setActive(cellAt(event))
          }}
          onPointerLeave={(event) => {
            if (event.pointerType === 'mouse') setActive(null)
          }}
          onClick={onClick}
        />
        <span id={optionId} role="option" aria-selected={shown !== null} className="sr-only">
          {shown === null ? props.label : props.textOf(shown)}
        </span>
        {shown !== null && <CellTip wall={wall} index={shown} text={props.textOf(shown)} width={width} />}
      </div>
    </div>
  )
}
