import { formatNoun } from '@/lib/format'
import { toneIcon, toneText } from '@/ui/status'
import { cn } from '@/lib/cn'
import type { Pointed } from './lane-track'
import { markTone, whenOf } from './mark-words'

/** What a mark tells, below it. It follows pointer and focus; a screen reader has the same in the table. */
export function MarkTip({ pointed }: { pointed: Pointed }) {
  const { mark, lane, place } = pointed
  const Icon = toneIcon[markTone[mark.tone]]
  return (
    <div
      aria-hidden
      style={place}
      className="border-line bg-raised shadow-pop pointer-events-none absolute z-30 rounded-md border px-3 py-2 text-[13px]"
    >
      <p className={cn('flex items-center gap-1.5 font-medium', toneText[markTone[mark.tone]])}>
        <Icon className="size-4 shrink-0" aria-hidden />
        <span className="min-w-0 break-words">
          {lane.name}: {mark.label}
        </span>
      </p>
      <p className="text-ink-muted tabular-nums">{whenOf(mark)}</p>
      {mark.detail.map((line, index) => (
        <p key={index} className="break-words">
          {line}
        </p>
      ))}
      <p className="text-ink-muted">
        {mark.actor !== null && `By ${mark.actor}. `}
        {mark.count > 1 && `${formatNoun(mark.count, 'time')}. `}
        Press to open the logs of this time.
      </p>
    </div>
  )
}
