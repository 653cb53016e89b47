import { useEffect, type RefObject } from 'react'

/** Marks a box with `data-sideways` while what it holds, `widthPx` wide at least, can be scrolled sideways in it. */
export function useSidewaysMark(box: RefObject<HTMLElement | null>, widthPx: number): void {
  useEffect(() => {
    const element = box.current
    if (!element) return
    // Told of the first size, too, before the frame is drawn.
    const observer = new ResizeObserver(() => {
      element.toggleAttribute('data-sideways', element.clientWidth < widthPx)
    })
    observer.observe(element)
    return () => observer.disconnect()
  }, [box, widthPx])
}
