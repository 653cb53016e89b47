import { tickText, timeTicks } from '@/lib/time-ticks'
import { shareOf, type Span } from './zoom-range'

/** Labels of time over the lanes; a drag on it chooses what to show. */
export function TimelineAxis({ span, brush }: { span: Span; brush: [number, number] | null }) {
  const ticks = timeTicks(span.fromMs, span.toMs)
  return (
    <div data-axis className="relative h-7 cursor-col-resize touch-none overflow-hidden select-none">
      {ticks.map((atMs) => {
        const share = shareOf(atMs, span)
        const shift = share < 0.06 ? '' : share > 0.94 ? '-translate-x-full' : '-translate-x-1/2'
        return (
          <span
            key={atMs}
            style={{ left: `${share * 100}%` }}
            className={`text-ink-muted absolute bottom-1 text-xs whitespace-nowrap tabular-nums ${shift}`}
          >
            {tickText(atMs, span.fromMs, span.toMs)}
          </span>
        )
      })}
      {brush !== null && (
        <span
          style={{
            left: `${Math.min(...brush) * 100}%`,
            width: `${Math.abs(brush[0] - brush[1]) * 100}%`,
          }}
          className="bg-accent/25 border-accent absolute inset-y-0 border-x"
        />
      )}
    </div>
  )
}

/** Thin lines at the same moments through all lanes. */
export function TimelineGrid({ span }: { span: Span }) {
  return (
    <div className="pointer-events-none absolute inset-0" aria-hidden>
      {timeTicks(span.fromMs, span.toMs).map((atMs) => (
        <span
          key={atMs}
          style={{ left: `${shareOf(atMs, span) * 100}%` }}
          className="bg-line absolute inset-y-0 w-px"
        />
      ))}
    </div>
  )
}
