import { useQuery } from '@tanstack/react-query'
import { ZoomOut } from 'lucide-react'
import { useState } from 'react'
import type { LogSelector } from '#contract/log'
import { logLevelWords } from '@/domain/device-words'
import { Button } from '@/ui/button'
import { useIsNarrow } from '@/ui/use-is-narrow'
import { HistogramPlot, levelFill, spanWords } from './histogram-plot'
import { countWords, stackedLevels, widened, widthWords, type BucketSpan } from './histogram-rules'
import type { LogEnds } from './log-search'
import { logQueries } from './logs.queries'

const BUCKETS = 120
const NARROW_BUCKETS = 48

type LogHistogramProps = {
  selector: LogSelector
  ends: LogEnds
  hasRange: boolean
  onZoom: (fromMs: number, toMs: number) => void
  onGoTo: (atMs: number) => void
  onAllTimes: () => void
}

/** How many lines match over time, by level. It keeps its height whatever there is to show. */
export function LogHistogram({ selector, ends, hasRange, onZoom, onGoTo, onAllTimes }: LogHistogramProps) {
  const isNarrow = useIsNarrow()
  const query = useQuery(logQueries.histogram(selector, ends, isNarrow ? NARROW_BUCKETS : BUCKETS))
  const [pointed, setPointed] = useState<BucketSpan | null>(null)
  const histogram = query.data
  const zoomOut = () => {
    if (!histogram) return
    const wide = widened(Date.parse(histogram.from), Date.parse(histogram.to), Date.now())
    onZoom(wide.fromMs, wide.toMs)
  }
  return (
    <section aria-label="Histogram" className="border-line border-b px-3 pt-1.5">
      <div className="text-ink-muted flex h-7 items-center gap-x-3 text-[13px] tabular-nums">
        <p className="min-w-0 flex-1 truncate" data-testid="histogram-words">
          {histogram === undefined
            ? query.isError
              ? 'Not counted'
              : 'Counting…'
            : pointed && pointed.focus < histogram.buckets.length
              ? spanWords(histogram, pointed)
              : `${countWords(histogram.buckets, histogram.isSampled)} · ${widthWords(histogram.bucketSeconds)}`}
        </p>
        <ul className="hidden shrink-0 gap-3 lg:flex" aria-label="Levels">
          {stackedLevels.map((level) => (
            <li key={level} className="flex items-center gap-1">
              <span className="size-2.5 rounded-xs" style={{ background: levelFill[level] }} aria-hidden />
              {logLevelWords[level].label}
            </li>
          ))}
        </ul>
        {hasRange && (
          <span className="flex shrink-0 gap-1">
            <Button
              size="sm"
              variant="ghost"
              icon={<ZoomOut className="size-4" aria-hidden />}
              onClick={zoomOut}
            >
              <span className="max-sm:sr-only">Zoom out</span>
            </Button>
            <Button size="sm" variant="ghost" onClick={onAllTimes}>
              All times
            </Button>
          </span>
        )}
      </div>
      {histogram !== undefined && histogram.buckets.length > 0 ? (
        <HistogramPlot
          histogram={histogram}
          onPoint={setPointed}
          onZoom={onZoom}
          onGoTo={onGoTo}
          onZoomOut={zoomOut}
        />
      ) : (
        <div className="text-ink-muted flex h-16 items-center justify-center text-[13px]">
          {query.isError && (
            <p role="alert">
              {query.error.message}{' '}
              <button
                type="button"
                className="text-accent-ink cursor-pointer underline"
                onClick={() => void query.refetch()}
              >
                Count again
              </button>
            </p>
          )}
        </div>
      )}
    </section>
  )
}
