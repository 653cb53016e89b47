import { TriangleAlert } from 'lucide-react'
import { formatClock } from '@/lib/time'
import { staleSinceMs, useConnection } from '@/live/connection.store'

/** Says that what is on screen may be old. It lies over the page's top margin, so that nothing moves. */
export function StaleBanner() {
  const sinceMs = useConnection(staleSinceMs)
  const isStopping = useConnection((state) => state.reason === 'stopping')
  if (sinceMs === null) return null
  return (
    <p
      role="alert"
      className="bg-attention-soft text-attention absolute inset-x-0 top-full flex h-6 items-center justify-center gap-1.5 px-3 text-[13px] font-medium"
    >
      <TriangleAlert className="size-4 shrink-0" aria-hidden />
      <span className="truncate">
        As of {formatClock(sinceMs)}
        {isStopping ? ': the gateway was stopped.' : ': the gateway is not heard.'} The page keeps trying.
      </span>
    </p>
  )
}
