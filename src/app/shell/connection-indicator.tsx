import { CircleDot, LoaderCircle, TriangleAlert } from 'lucide-react'
import { cn } from '@/lib/cn'
import { formatClock } from '@/lib/time'
import { staleSinceMs, useConnection } from '@/live/connection.store'

const looks = {
  connecting: { icon: LoaderCircle, className: 'text-ink-muted' },
  live: { icon: CircleDot, className: 'text-ok' },
  reconnecting: { icon: LoaderCircle, className: 'text-attention' },
  stale: { icon: TriangleAlert, className: 'text-critical' },
} as const

/** Live, Reconnecting, or Stale since when: always in sight. */
export function ConnectionIndicator() {
  const status = useConnection((state) => state.status)
  const sinceMs = useConnection(staleSinceMs)
  const { icon: Icon, className } = looks[status]
  const text = {
    connecting: 'Connecting',
    live: 'Live',
    reconnecting: 'Reconnecting',
    stale: `Stale since ${sinceMs === null ? '…' : formatClock(sinceMs)}`,
  }[status]
  const isWaiting = status === 'connecting' || status === 'reconnecting'
  return (
    <span
      role="status"
      data-testid="connection"
      title={
        status === 'live'
          ? 'Changes arrive as they happen'
          : 'The gateway is not heard. What you see is as last known; the page keeps trying.'
      }
      className={cn('inline-flex items-center gap-1.5 text-[13px] font-medium whitespace-nowrap', className)}
    >
      <Icon className={cn('size-4', isWaiting && 'animate-spin')} aria-hidden />
      {text}
    </span>
  )
}
