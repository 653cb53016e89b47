import { memo } from 'react'
import { Link } from 'react-router'
import type { TimelineLane, TimelineMark } from '#contract/timeline'
import { cn } from '@/lib/cn'
import { toneIcon } from '@/ui/status'
import { markSoft, markTone, whenOf } from './mark-words'
import { minutesOf, shareOf, type Span } from './zoom-range'

/** A mark under pointer or focus, and where its words go: inside the element with `data-lanes`. */
export type Pointed = {
  lane: TimelineLane
  mark: TimelineMark
  place: { left: number; top: number; width: number }
}

const TIP_PX = 320

function placeOf(element: HTMLElement): Pointed['place'] {
  const box = element.getBoundingClientRect()
  const outer = (element.closest('[data-lanes]') ?? element).getBoundingClientRect()
  const width = Math.min(TIP_PX, outer.width)
  const middle = (Math.max(box.left, outer.left) + Math.min(box.right, outer.right)) / 2 - outer.left
  return {
    left: Math.max(0, Math.min(outer.width - width, middle - width / 2)),
    top: box.bottom - outer.top + 4,
    width,
  }
}

/** The logs of the minutes of a mark. */
export function logsOf(uuid: string, mark: TimelineMark): string {
  const { fromMs, toMs } = minutesOf(Date.parse(mark.from), Date.parse(mark.to))
  const query = new URLSearchParams({
    from: new Date(fromMs).toISOString(),
    to: new Date(toMs).toISOString(),
  })
  return `/devices/${uuid}/logs?${query.toString()}`
}

const percent = (share: number) => `${share * 100}%`
/** A mark narrower than this share of the track is drawn as a moment. */
const MOMENT_SHARE = 0.012

type MarkProps = {
  uuid: string
  lane: TimelineLane
  mark: TimelineMark
  span: Span
  onPoint: (pointed: Pointed | null) => void
}

function MarkLink({ uuid, lane, mark, span, onPoint }: MarkProps) {
  const left = Math.max(0, shareOf(Date.parse(mark.from), span))
  const right = Math.min(1, shareOf(Date.parse(mark.to), span))
  if (right < 0 || left > 1) return null
  const width = right - left
  const isMoment = width < MOMENT_SHARE
  const Icon = toneIcon[markTone[mark.tone]]
  const isBand = !isMoment
  return (
    <Link
      to={logsOf(uuid, mark)}
      draggable={false}
      aria-label={`${lane.name}: ${mark.label}, ${whenOf(mark)}. Open the logs.`}
      onMouseEnter={(event) => onPoint({ lane, mark, place: placeOf(event.currentTarget) })}
      onMouseLeave={() => onPoint(null)}
      onFocus={(event) => onPoint({ lane, mark, place: placeOf(event.currentTarget) })}
      onBlur={() => onPoint(null)}
      style={isBand ? { left: percent(left), width: percent(width) } : { left: percent((left + right) / 2) }}
      className={cn(
        'absolute inset-y-1 flex items-center overflow-hidden text-xs hover:z-10 hover:brightness-95 focus-visible:z-10',
        markSoft[mark.tone],
        isBand
          ? cn(
              'border-y border-l-2 px-1',
              mark.isOpenStart ? 'border-l-0' : 'rounded-l',
              mark.isOpenEnd ? '' : 'rounded-r',
            )
          : 'w-3.5 -translate-x-1/2 justify-center rounded border',
      )}
    >
      {isBand ? (
        <span className="flex min-w-0 items-center gap-1">
          {(mark.tone === 'critical' || mark.tone === 'attention') && width > 0.03 && (
            <Icon className="size-3 shrink-0" aria-hidden />
          )}
          <span className="truncate">{width > 0.03 ? mark.label : ''}</span>
        </span>
      ) : (
        <Icon className="size-3 shrink-0" aria-hidden />
      )}
    </Link>
  )
}

/** The marks of one lane over the axis; each is a link to the logs of its minutes. */
export const LaneTrack = memo(function LaneTrack({ uuid, lane, span, onPoint }: Omit<MarkProps, 'mark'>) {
  return (
    <div className="bg-sunken/50 relative h-8 overflow-hidden" data-testid="timeline-lane">
      {lane.marks.map((mark) => (
        <MarkLink
          key={`${mark.from} ${mark.to} ${mark.label}`}
          uuid={uuid}
          lane={lane}
          mark={mark}
          span={span}
          onPoint={onPoint}
        />
      ))}
    </div>
  )
})
