import { TriangleAlert } from 'lucide-react'
import { formatClock, formatInstant } from '@/lib/time'
import { staleSinceMs, useConnection } from '@/live/connection.store'

const isToday = (atMs: number) => new Date(atMs).toDateString() === new Date().toDateString()

const endings: Record<string, string> = {
  stopping: ': the gateway was stopped. The page keeps trying.',
}

/** Says that what is on screen may be old. It lies over the page's top margin, so that nothing moves. */
export function StaleBanner() {
  const sinceMs = useConnection(staleSinceMs)
  const reason = useConnection((state) => state.reason) ?? ''
  if (sinceMs === null) return null
  return (
    <p
      role="alert"
      className="bg-attention-soft text-attention absolute inset-x-0 top-full flex h-6 items-center justify-center gap-1.5 px-3 text-[13px] font-medium"
    >
      <TriangleAlert className="size-4 shrink-0" aria-hidden />
      <span className="truncate">
        {reason === 'kept'
          ? `Offline. What you see was last updated at ${isToday(sinceMs) ? formatClock(sinceMs) : formatInstant(sinceMs)}.`
          : `As of ${formatClock(sinceMs)}${endings[reason] ?? ': the gateway is not heard. The page keeps trying.'}`}
      </span>
    </p>
  )
}
