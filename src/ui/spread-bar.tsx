import { formatCount, formatShare } from '@/lib/format'
import { cn } from '@/lib/cn'

export type SpreadPart = { key: string; label: string; count: number; fillClass: string }
type SpreadBarProps = { label: string; parts: SpreadPart[]; className?: string; hasLegend?: boolean }

/** Shares of a whole as one bar; every part has its words and count in the legend or on hover. */
export function SpreadBar({ label, parts, className, hasLegend = false }: SpreadBarProps) {
  const shown = parts.filter((part) => part.count > 0)
  const total = shown.reduce((sum, part) => sum + part.count, 0)
  const text = shown.map((part) => `${part.label} ${formatCount(part.count)}`).join(', ')
  return (
    <div className={className}>
      <div
        role="img"
        aria-label={`${label}: ${total === 0 ? 'nothing yet' : text}`}
        className="bg-line flex h-2.5 w-full gap-px overflow-hidden rounded-full"
      >
        {shown.map((part) => (
          <div
            key={part.key}
            title={`${part.label}: ${formatCount(part.count)} (${formatShare(part.count, total)})`}
            className={cn('h-full min-w-1 transition-[flex-grow] duration-300', part.fillClass)}
            style={{ flexGrow: part.count, flexBasis: 0 }}
          />
        ))}
      </div>
      {hasLegend && shown.length > 0 && (
        <ul className="text-ink-soft mt-1.5 flex flex-wrap gap-x-3 gap-y-0.5 text-[13px]">
          {shown.map((part) => (
            <li key={part.key} className="flex items-center gap-1.5">
              <span className={cn('size-2.5 rounded-sm', part.fillClass)} aria-hidden />
              {part.label} <span className="font-medium tabular-nums">{formatCount(part.count)}</span>
            </li>
          ))}
        </ul>
      )}
    </div>
  )
}
