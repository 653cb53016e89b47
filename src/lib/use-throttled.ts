import { useEffect, useRef, useState } from 'react'

/** The value, renewed at most once in `intervalMs`; the last one always arrives. */
export function useThrottled<T>(value: T, intervalMs: number): T {
  const [shown, setShown] = useState(value)
  const shownAtMs = useRef(0)
  useEffect(() => {
    const waitMs = Math.max(0, shownAtMs.current + intervalMs - Date.now())
    const timer = setTimeout(() => {
      shownAtMs.current = Date.now()
      setShown(value)
    }, waitMs)
    return () => clearTimeout(timer)
  }, [value, intervalMs])
  return shown
}
