import { useId, useRef, useState } from 'react'
import type { LogLevel } from '#contract/log'
import type { LogHistogram } from '#contract/log-search'
import { formatInstant } from '@/lib/time'
import { tickText, timeTicks } from '@/lib/time-ticks'
import {
  bucketAt,
  countWords,
  coveredMs,
  orderedSpan,
  spanToMs,
  stackedLevels,
  type BucketSpan,
} from './histogram-rules'

const HEIGHT = 100
/** A pointer that moved less, in CSS px, has clicked and not dragged. */
const CLICK_PX = 4

export const levelFill: Record<LogLevel, string> = {
  error: 'var(--fill-critical)',
  warning: 'var(--fill-attention)',
  info: 'var(--fill-updating)',
  debug: 'var(--fill-unknown)',
}

type HistogramPlotProps = {
  histogram: LogHistogram
  /** The buckets pointed at or selected, to be told in words; null when there are none. */
  onPoint: (span: BucketSpan | null) => void
  onZoom: (fromMs: number, toMs: number) => void
  onGoTo: (atMs: number) => void
  onZoomOut: () => void
}

/**
 * Bars over time. Dragging over them zooms in, a click goes to that moment in the list. With the keyboard: arrows move,
 * with Shift they select, Enter zooms in, minus zooms out.
 */
export function HistogramPlot({ histogram, onPoint, onZoom, onGoTo, onZoomOut }: HistogramPlotProps) {
  const count = histogram.buckets.length
  const helpId = useId()
  const box = useRef<HTMLDivElement>(null)
  const press = useRef<{ x: number; anchor: number } | null>(null)
  const [span, setSpan] = useState<BucketSpan | null>(null)
  const point = (next: BucketSpan | null) => {
    setSpan(next)
    onPoint(next)
  }
  const bucketOf = (clientX: number) => {
    const rect = box.current?.getBoundingClientRect()
    return rect && rect.width > 0 ? bucketAt((clientX - rect.left) / rect.width, count) : 0
  }
  const zoomTo = (meant: BucketSpan) => {
    const { fromMs, toMs } = spanToMs(histogram, meant)
    point(null)
    onZoom(fromMs, toMs)
  }
  const onKeyDown = (event: React.KeyboardEvent) => {
    const moves: Record<string, number> = {
      ArrowLeft: (span?.focus ?? count) - 1,
      ArrowRight: (span?.focus ?? -1) + 1,
      Home: 0,
      End: count - 1,
    }
    const moved = moves[event.key]
    if (moved !== undefined) {
      const focus = Math.max(0, Math.min(count - 1, moved))
      point({ anchor: event.shiftKey ? (span?.anchor ?? focus) : focus, focus })
    } else if (event.key === 'Enter' && span) zoomTo(span)
    else if (event.key === 'Escape' && span) point(null)
    else if (event.key === '-') onZoomOut()
    else return
    event.preventDefault()
  }
  const shown = span && { anchor: Math.min(span.anchor, count - 1), focus: Math.min(span.focus, count - 1) }
  return (
    <div>
      <div
        ref={box}
        role="slider"
        tabIndex={0}
        aria-label="Lines over time"
        aria-describedby={helpId}
        aria-valuemin={0}
        aria-valuemax={count - 1}
        aria-valuenow={shown?.focus ?? 0}
        aria-valuetext={
          shown ? spanWords(histogram, shown) : countWords(histogram.buckets, histogram.isSampled)
        }
        onKeyDown={onKeyDown}
        onBlur={() => point(null)}
        onPointerDown={(event) => {
          if (event.button !== 0) return
          event.currentTarget.setPointerCapture(event.pointerId)
          const anchor = bucketOf(event.clientX)
          press.current = { x: event.clientX, anchor }
          point({ anchor, focus: anchor })
        }}
        onPointerMove={(event) => {
          const focus = bucketOf(event.clientX)
          const anchor = press.current?.anchor ?? focus
          if (span?.focus !== focus || span.anchor !== anchor) point({ anchor, focus })
        }}
        onPointerUp={(event) => {
          const pressed = press.current
          press.current = null
          if (!pressed) return
          const meant = { anchor: pressed.anchor, focus: bucketOf(event.clientX) }
          if (Math.abs(event.clientX - pressed.x) >= CLICK_PX) zoomTo(meant)
          else onGoTo(spanToMs(histogram, meant).fromMs)
        }}
        onPointerCancel={() => {
          press.current = null
          point(null)
        }}
        onPointerLeave={() => press.current === null && point(null)}
        className="relative h-12 cursor-crosshair touch-pan-y select-none"
      >
        <Bars histogram={histogram} />
        {shown && <Selection span={shown} count={count} />}
      </div>
      <p id={helpId} className="sr-only">
        Arrows move, with Shift they select, Enter zooms in, minus zooms out.
      </p>
      <TimeAxis histogram={histogram} />
    </div>
  )
}

/** `1 Jan, 12:00:00 to 12:05:00: 340 lines: 12 errors`. */
export function spanWords(histogram: LogHistogram, span: BucketSpan): string {
  const [first, last] = orderedSpan(span)
  const { fromMs, toMs } = spanToMs(histogram, span)
  const counted = countWords(histogram.buckets.slice(first, last + 1), histogram.isSampled)
  return `${formatInstant(fromMs)} to ${formatInstant(toMs + 1)} · ${counted}`
}

function Bars({ histogram }: { histogram: LogHistogram }) {
  const most = Math.max(1, ...histogram.buckets.map((bucket) => bucket.total))
  return (
    <svg
      viewBox={`0 0 ${histogram.buckets.length} ${HEIGHT}`}
      preserveAspectRatio="none"
      aria-hidden
      className="border-line absolute inset-0 size-full border-b"
    >
      {histogram.buckets.map((bucket, index) => {
        let top = HEIGHT
        return stackedLevels.map((level) => {
          const value = bucket.byLevel[level]
          if (value === 0) return null
          // One line among thousands must still be seen.
          const height = Math.max(2.5, (value / most) * HEIGHT)
          top -= height
          return (
            <rect
              key={`${index} ${level}`}
              x={index + 0.08}
              y={Math.max(0, top)}
              width={0.84}
              height={height}
              fill={levelFill[level]}
            />
          )
        })
      })}
    </svg>
  )
}

function Selection({ span, count }: { span: BucketSpan; count: number }) {
  const [first, last] = orderedSpan(span)
  return (
    <div
      aria-hidden
      className="border-accent bg-accent/20 pointer-events-none absolute inset-y-0 border-x"
      style={{ left: `${(first / count) * 100}%`, width: `${((last - first + 1) / count) * 100}%` }}
    />
  )
}

function TimeAxis({ histogram }: { histogram: LogHistogram }) {
  const { startMs, endMs } = coveredMs(histogram)
  return (
    <div aria-hidden className="text-ink-muted relative h-4 overflow-hidden text-[11px] tabular-nums">
      {timeTicks(startMs, endMs).map((atMs) => {
        const share = (atMs - startMs) / (endMs - startMs)
        if (share > 0.94) return null
        return (
          <span key={atMs} className="border-line absolute border-l pl-1" style={{ left: `${share * 100}%` }}>
            {tickText(atMs, startMs, endMs)}
          </span>
        )
      })}
    </div>
  )
}
