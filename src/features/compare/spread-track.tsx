import type { CompareRow } from '#contract/device-compare'
import { cn } from '@/lib/cn'

/** The middle four fifths of a fleet as a bar, its median as a line, the device as a dot; said in words beside it. */
export function SpreadTrack({ row }: { row: CompareRow }) {
  const { own, spread } = row
  if (spread === null || typeof own !== 'number') return null
  const least = Math.min(own, spread.low)
  const span = Math.max(own, spread.high) - least
  const at = (value: number) => `${span === 0 ? 50 : ((value - least) / span) * 100}%`
  return (
    <span aria-hidden className="relative mx-1.5 block h-4 w-28">
      <span className="bg-sunken absolute inset-x-0 top-1.5 h-1 rounded-full" />
      <span
        className="bg-line-strong absolute top-1.5 h-1 rounded-full"
        style={{ left: at(spread.low), right: `calc(100% - ${at(spread.high)})` }}
      />
      <span className="bg-ink-muted absolute top-0.5 h-3 w-px" style={{ left: at(spread.median) }} />
      <span
        className={cn(
          'absolute top-1 size-2 -translate-x-1/2 rounded-full',
          row.isDifferent ? 'bg-fill-attention' : 'bg-accent',
        )}
        style={{ left: at(own) }}
      />
    </span>
  )
}
