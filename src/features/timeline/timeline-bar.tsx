import { ChevronLeft, ChevronRight, Pause, ZoomIn, ZoomOut } from 'lucide-react'
import { rangeInWords, rangePresets, type TimeRangeSearch } from '@/domain/time-range-search'
import { cn } from '@/lib/cn'
import { Button } from '@/ui/button'
import { IconButton } from '@/ui/icon-button'
import { panned, zoomed, type Span } from './zoom-range'

type TimelineBarProps = {
  span: Span
  /** The live range shown, or null when the range is fixed. */
  live: string | null
  onSpan: (span: Span) => void
  onSearch: (search: TimeRangeSearch) => void
  onFreeze: () => void
}

/** Presets up to now, and buttons for what wheel and drag do. */
export function TimelineBar({ span, live, onSpan, onSearch, onFreeze }: TimelineBarProps) {
  const pan = (share: number) => onSpan(panned(span, share, Date.now()))
  const zoom = (factor: number) => onSpan(zoomed(span, factor, 0.5, Date.now()))
  return (
    <div className="flex flex-wrap items-center gap-1">
      <div role="group" aria-label="Time range" className="border-line flex rounded-md border p-0.5">
        {rangePresets.map((range) => (
          <button
            key={range}
            type="button"
            aria-pressed={range === live}
            title={`Show ${rangeInWords(range)}`}
            onClick={() => onSearch({ range, from: undefined, to: undefined })}
            className={cn(
              'min-h-6 rounded px-2 py-0.5 text-[13px] tabular-nums',
              range === live ? 'bg-accent-soft text-accent-ink font-medium' : 'text-ink-muted hover:text-ink',
            )}
          >
            {range.replace(/(\d+)/, '$1 ')}
          </button>
        ))}
      </div>
      <div role="group" aria-label="Move and zoom" className="flex">
        <IconButton label="Earlier" icon={<ChevronLeft />} onClick={() => pan(-0.5)} />
        <IconButton label="Later" icon={<ChevronRight />} onClick={() => pan(0.5)} />
        <IconButton label="Zoom in" icon={<ZoomIn />} onClick={() => zoom(0.5)} />
        <IconButton label="Zoom out" icon={<ZoomOut />} onClick={() => zoom(2)} />
      </div>
      {live !== null && (
        <Button
          size="sm"
          icon={<Pause className="size-4" aria-hidden />}
          title="Hold this range, so that a link to it shows the same to a colleague"
          onClick={onFreeze}
        >
          Hold
        </Button>
      )}
    </div>
  )
}
