import { useCallback, useEffect, useRef, useState } from 'react'
import type { ShownRange } from './use-device-blocks'

/** As often rows are asked for and watched anew while somebody drags the scroll bar through thousands. */
const EVERY_MS = 100

/** The rows on screen, and a function that says which they are now; it may be called with every frame. */
export function useShownRange(initial: ShownRange): [ShownRange, (first: number, last: number) => void] {
  const [range, setRange] = useState(initial)
  const waiting = useRef<{ timer: ReturnType<typeof setTimeout>; next: ShownRange | null } | null>(null)
  const see = useCallback((first: number, last: number) => {
    if (waiting.current) {
      waiting.current.next = { first, last }
      return
    }
    setRange({ first, last })
    const timer = setTimeout(() => {
      const next = waiting.current?.next
      waiting.current = null
      if (next) setRange(next)
    }, EVERY_MS)
    waiting.current = { timer, next: null }
  }, [])
  useEffect(
    () => () => {
      clearTimeout(waiting.current?.timer)
      waiting.current = null
    },
    [],
  )
  return [range, see]
}
