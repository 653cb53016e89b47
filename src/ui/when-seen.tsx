import { useEffect, useRef, useState, type ReactNode } from 'react'

const AHEAD = '200px'

/** Draws its content once it comes near the window, and keeps its place until then. */
export function WhenSeen({ minHeightPx, children }: { minHeightPx: number; children: ReactNode }) {
  const ref = useRef<HTMLDivElement>(null)
  const [isSeen, setSeen] = useState(false)
  useEffect(() => {
    if (!ref.current || isSeen) return
    const observer = new IntersectionObserver(
      (entries) => {
        if (entries.some((entry) => entry.isIntersecting)) setSeen(true)
      },
      { rootMargin: AHEAD },
    )
    observer.observe(ref.current)
    return () => observer.disconnect()
  }, [isSeen])
  return (
    <div ref={ref} style={{ minHeight: minHeightPx }}>
      {isSeen && children}
    </div>
  )
}
