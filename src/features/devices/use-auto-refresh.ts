import { useEffect, useEffectEvent, useRef } from 'react'

const EVERY_MS = 8000

/**
 * Lets a list move by itself while nobody has a hand on it: the pointer is elsewhere and the keyboard is not in it. The
 * handlers it answers belong on the element around the list.
 */
export function useAutoRefresh({ isNeeded, refresh }: { isNeeded: boolean; refresh: () => void }) {
  const isPointerIn = useRef(false)
  const isFocusIn = useRef(false)
  const look = useEffectEvent(() => {
    if (!isPointerIn.current && !isFocusIn.current && document.visibilityState === 'visible') refresh()
  })
  useEffect(() => {
    if (!isNeeded) return
    const timer = setInterval(() => look(), EVERY_MS)
    return () => clearInterval(timer)
  }, [isNeeded])
  return {
    onPointerEnter: () => void (isPointerIn.current = true),
    onPointerLeave: () => void (isPointerIn.current = false),
    onFocus: () => void (isFocusIn.current = true),
    onBlur: () => void (isFocusIn.current = false),
  }
}
