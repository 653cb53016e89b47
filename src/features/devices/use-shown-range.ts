import { useCallback, useEffect, useRef, useState } from 'react'
import type { ShownRange } from './use-device-blocks'

/** As often rows are asked for and watched anew while somebody scrolls. */
const EVERY_MS = 100
/** Whoever goes further at once pulls the scrollbar: rows are asked for where it comes to rest, not for all it passes. */
const FAR_ROWS = 200

/** The rows on screen, and a function that says which they are now; it may be called with every frame. */
export function useShownRange(initial: ShownRange): [ShownRange, (first: number, last: number) => void] {
  const [range, setRange] = useState(initial)
  const known = useRef({ shown: initial, next: initial })
  const timer = useRef<ReturnType<typeof setTimeout>>(undefined)
  const see = useCallback((first: number, last: number) => {
    const show = () => {
      known.current.shown = known.current.next
      setRange(known.current.next)
    }
    known.current.next = { first, last }
    const isResting = timer.current === undefined
    const isFar = Math.abs(first - known.current.shown.first) > FAR_ROWS
    if (isResting) show()
    else if (!isFar) return
    clearTimeout(timer.current)
    timer.current = setTimeout(() => {
      timer.current = undefined
      show()
    }, EVERY_MS)
  }, [])
  useEffect(() => () => clearTimeout(timer.current), [])
  return [range, see]
}
