import { useEffect, useLayoutEffect, useRef, useState, type RefObject } from 'react'
import { between, panned, zoomed, type Span } from './zoom-range'

type Touch = { id: number; x: number }
const DRAG_PX = 4
const WHEEL_STEP = 0.0016

/** What a key pressed inside the lanes shows: plus and minus zoom, left and right move along time. */
function spanByKey(event: KeyboardEvent, span: Span): Span | undefined {
  if (event.ctrlKey || event.metaKey || event.altKey) return undefined
  const nowMs = Date.now()
  switch (event.key) {
    case '+':
    case '=':
      return zoomed(span, 0.5, 0.5, nowMs)
    case '-':
      return zoomed(span, 2, 0.5, nowMs)
    case 'ArrowLeft':
      return panned(span, -0.25, nowMs)
    case 'ArrowRight':
      return panned(span, 0.25, nowMs)
    default:
      return undefined
  }
}

/**
 * Wheel, drag and pinch over the tracks. On the axis (`data-axis`) the wheel zooms and a drag chooses what to show; over
 * the lanes a drag moves along time, and the wheel zooms with Ctrl (as a pinch on a touch pad is told) and scrolls the page
 * without. `draft`: what a gesture under way would show; `brush`: the chosen part as shares.
 */
export function useAxisGestures(
  ref: RefObject<HTMLElement | null>,
  span: Span,
  onChange: (next: Span) => void,
) {
  const [draft, setDraft] = useState<Span | null>(null)
  const [brush, setBrush] = useState<[number, number] | null>(null)
  const latest = useRef(span)
  const change = useRef(onChange)
  const isByKey = useRef(false)
  const { fromMs, toMs } = span
  useLayoutEffect(() => {
    latest.current = { fromMs, toMs }
  }, [fromMs, toMs])
  useLayoutEffect(() => {
    change.current = onChange
  }, [onChange])
  useLayoutEffect(() => {
    // The mark that had the focus may be out of sight now: the next key must still be heard here.
    if (isByKey.current && document.activeElement === document.body)
      ref.current?.focus({ preventScroll: true })
  })
  useEffect(() => {
    const element = ref.current
    if (!element) return
    const track = () => element.querySelector<HTMLElement>('[data-axis]') ?? element
    const shareAt = (x: number) => {
      const box = track().getBoundingClientRect()
      return Math.min(1, Math.max(0, (x - box.left) / box.width))
    }
    const isAxis = (target: EventTarget | null) =>
      target instanceof Element && target.closest('[data-axis]') !== null
    // What follows before the change is drawn, as a key held down does, goes on from here.
    const show = (next: Span) => {
      latest.current = next
      change.current(next)
    }
    let wheelTimer: ReturnType<typeof setTimeout> | undefined
    let pending: Span | null = null
    const showSoon = (next: Span) => {
      pending = next
      setDraft(next)
      clearTimeout(wheelTimer)
      wheelTimer = setTimeout(() => commit(), 180)
    }
    const commit = () => {
      if (pending) show(pending)
      pending = null
      setDraft(null)
    }
    const onWheel = (event: WheelEvent) => {
      const isSideways = Math.abs(event.deltaX) > Math.abs(event.deltaY)
      const base = pending ?? latest.current
      if (isSideways || event.shiftKey) {
        event.preventDefault()
        const by = (isSideways ? event.deltaX : event.deltaY) / track().getBoundingClientRect().width
        showSoon(panned(base, by, Date.now()))
      } else if (event.ctrlKey || event.metaKey || isAxis(event.target)) {
        event.preventDefault()
        showSoon(zoomed(base, Math.exp(event.deltaY * WHEEL_STEP), shareAt(event.clientX), Date.now()))
      }
    }
    let touches: Touch[] = []
    let start: { x: number; span: Span; isBrush: boolean; pinch: number | null; hasMoved: boolean } | null =
      null
    const distance = () => Math.abs((touches[0]?.x ?? 0) - (touches[1]?.x ?? 0))
    const begin = (isBrush: boolean) => {
      const x = touches.reduce((sum, touch) => sum + touch.x, 0) / Math.max(1, touches.length)
      start = {
        x,
        span: pending ?? latest.current,
        isBrush,
        pinch: touches.length === 2 ? distance() : null,
        hasMoved: false,
      }
    }
    const onDown = (event: PointerEvent) => {
      if (event.button !== 0) return
      isByKey.current = false
      touches = [
        ...touches.filter((touch) => touch.id !== event.pointerId),
        { id: event.pointerId, x: event.clientX },
      ].slice(-2)
      begin(touches.length === 1 && isAxis(event.target))
    }
    const onMove = (event: PointerEvent) => {
      const touch = touches.find((other) => other.id === event.pointerId)
      if (!touch || !start) return
      touch.x = event.clientX
      if (start.pinch !== null) {
        const factor = Math.max(20, start.pinch) / Math.max(20, distance())
        pending = zoomed(start.span, factor, shareAt(start.x), Date.now())
        setDraft(pending)
        start.hasMoved = true
        return
      }
      if (!start.hasMoved && Math.abs(event.clientX - start.x) < DRAG_PX) return
      start.hasMoved = true
      if (start.isBrush) setBrush([shareAt(start.x), shareAt(event.clientX)])
      else {
        const by = (start.x - event.clientX) / track().getBoundingClientRect().width
        pending = panned(start.span, by, Date.now())
        setDraft(pending)
      }
    }
    const onUp = (event: PointerEvent) => {
      if (!touches.some((touch) => touch.id === event.pointerId)) return
      touches = touches.filter((touch) => touch.id !== event.pointerId)
      if (start?.hasMoved === true) {
        if (start.isBrush && event.type === 'pointerup') {
          const [a, b] = [shareAt(start.x), shareAt(event.clientX)]
          show(between(start.span, a, b, Date.now()))
        } else commit()
        // The click that ends a drag is not a click on what lies under it.
        const stop = (click: Event) => {
          click.preventDefault()
          click.stopPropagation()
        }
        element.addEventListener('click', stop, { capture: true, once: true })
        setTimeout(() => element.removeEventListener('click', stop, { capture: true }), 0)
      }
      setBrush(null)
      start = null
    }
    const onKeyDown = (event: KeyboardEvent) => {
      const next = spanByKey(event, latest.current)
      if (!next) return
      event.preventDefault()
      isByKey.current = true
      show(next)
    }
    element.addEventListener('keydown', onKeyDown)
    element.addEventListener('wheel', onWheel, { passive: false })
    element.addEventListener('pointerdown', onDown)
    window.addEventListener('pointermove', onMove)
    window.addEventListener('pointerup', onUp)
    window.addEventListener('pointercancel', onUp)
    return () => {
      clearTimeout(wheelTimer)
      element.removeEventListener('keydown', onKeyDown)
      element.removeEventListener('wheel', onWheel)
      element.removeEventListener('pointerdown', onDown)
      window.removeEventListener('pointermove', onMove)
      window.removeEventListener('pointerup', onUp)
      window.removeEventListener('pointercancel', onUp)
    }
  }, [ref])
  return { draft, brush }
}
