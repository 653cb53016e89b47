import { formatFullInstant, formatRelative, useNow } from '@/lib/time'

const SECOND_MS = 1000
const FINE_UNTIL_MS = 120 * SECOND_MS

/** `8 s ago`, kept current; the exact time on hover. `never` when null. */
export function RelativeTime({ at, fallback = 'never' }: { at: string | null; fallback?: string }) {
  const nowMs = useNow(SECOND_MS)
  if (at === null) return <span className="text-ink-muted">{fallback}</span>
  const atMs = new Date(at).getTime()
  const isFine = Math.abs(nowMs - atMs) < FINE_UNTIL_MS
  return (
    <time dateTime={at} title={formatFullInstant(at)} className="whitespace-nowrap">
      {formatRelative(at, isFine ? nowMs : Math.floor(nowMs / 60_000) * 60_000)}
    </time>
  )
}
