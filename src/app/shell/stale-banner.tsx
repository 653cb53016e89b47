import { TriangleAlert } from 'lucide-react'
import { formatClock } from '@/lib/time'
import { useConnection } from '@/live/connection.store'

/** Says that what is on screen may be old. It lies over the page's top margin, so that nothing moves. */
export function StaleBanner() {
  const isStale = useConnection((state) => state.status === 'stale')
  const lastHeardAtMs = useConnection((state) => (state.status === 'stale' ? state.lastHeardAtMs : null))
  const isStopping = useConnection((state) => state.reason === 'stopping')
  if (!isStale) return null
  return (
    <p
      role="alert"
      className="bg-attention-soft text-attention absolute inset-x-0 top-full flex h-6 items-center justify-center gap-1.5 px-3 text-[13px] font-medium"
    >
      <TriangleAlert className="size-4 shrink-0" aria-hidden />
      <span className="truncate">
        As of {lastHeardAtMs === null ? 'an unknown time' : formatClock(lastHeardAtMs)}
        {isStopping ? ': the gateway was stopped.' : ': the gateway is not heard.'} The page keeps trying.
      </span>
    </p>
  )
}
