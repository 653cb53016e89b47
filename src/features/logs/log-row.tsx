import { TriangleAlert } from 'lucide-react'
import { memo } from 'react'
import type { LogLevel, LogLine } from '#contract/log'
import { logLevelWords } from '@/domain/device-words'
import { cn } from '@/lib/cn'
import { formatCount, formatNoun } from '@/lib/format'
import { formatClock, formatDay, formatFullInstant, formatPreciseClock } from '@/lib/time'
import { toneText } from '@/ui/status'
import type { Matcher } from './highlight'
import { deviceColour } from './log-colours'
import { LogMessage, SHOWN_CHARACTERS } from './log-message'
import type { LogGap } from './log-window'
import { visibleText } from './visible-text'

/** Height of a line that is not wrapped, in CSS px. */
export const ROW_HEIGHT_PX = 20

const shortLevel: Record<LogLevel, string> = { error: 'ERR', warning: 'WRN', info: 'INF', debug: 'DBG' }
const levelRow: Partial<Record<LogLevel, string>> = {
  error: 'bg-critical-soft/45',
  warning: 'bg-attention-soft/45',
}

export type RowLook = {
  isWrapped: boolean
  clock: 'device' | 'received'
  hasDevice: boolean
  hasService: boolean
  today: string
}
type LogRowProps = {
  line: LogLine
  look: RowLook
  matcher: Matcher | null
  isMarked: boolean
  onOpen: (line: LogLine) => void
}

export const LogRow = memo(function LogRow({ line, look, matcher, isMarked, onOpen }: LogRowProps) {
  const at = look.clock === 'device' ? line.at : line.receivedAt
  const day = formatDay(at)
  const { label, tone } = logLevelWords[line.level]
  const service = line.service ?? 'system'
  const moreCharacters = line.message.length - SHOWN_CHARACTERS
  return (
    <div
      className={cn(
        'flex gap-x-2.5 px-3',
        look.isWrapped ? 'w-full' : 'w-max min-w-full whitespace-pre',
        levelRow[line.level],
        isMarked && 'outline-accent outline-1 -outline-offset-1',
      )}
    >
      <button
        type="button"
        onClick={() => onOpen(line)}
        title={`${formatFullInstant(at)}: show the whole line`}
        aria-label={`Details of the line of ${formatClock(at)}`}
        className="text-ink-muted hover:text-accent-ink shrink-0 cursor-pointer self-start tabular-nums select-text hover:underline"
      >
        {day !== look.today && `${day} `}
        {formatPreciseClock(at)}
      </button>
      {look.hasDevice && (
        <span
          className="max-w-24 shrink-0 self-start truncate font-medium sm:w-40 sm:max-w-none"
          style={{ color: deviceColour(line.deviceUuid) }}
          title={visibleText(line.deviceName)}
        >
          <bdi>{visibleText(line.deviceName)}</bdi>
        </span>
      )}
      {look.hasService && (
        <span
          className={cn(
            'max-w-20 shrink-0 self-start truncate sm:w-28 sm:max-w-none',
            line.isSystem ? 'text-ink-muted italic' : 'text-ink-soft',
          )}
          title={line.isStderr ? `${visibleText(service)}, standard error` : visibleText(service)}
        >
          <bdi>{visibleText(service)}</bdi>
          {line.isStderr && <span className="text-ink-muted">:err</span>}
        </span>
      )}
      <abbr
        title={label}
        className={cn('shrink-0 self-start text-[11px] font-semibold no-underline', toneText[tone])}
      >
        {shortLevel[line.level]}
      </abbr>
      <span className={cn('min-w-0 flex-1', look.isWrapped && 'wrap-anywhere whitespace-pre-wrap')}>
        <LogMessage message={line.message} matcher={matcher} />
        {moreCharacters > 0 && (
          <button
            type="button"
            onClick={() => onOpen(line)}
            className="text-accent-ink ml-2 cursor-pointer underline"
          >
            {formatCount(moreCharacters)} more characters
          </button>
        )}
      </span>
    </div>
  )
})

/** Where lines are missing: how many, why, and the way to them. */
export function GapRow({ gap, onShow }: { gap: LogGap; onShow: (at: string) => void }) {
  const text =
    gap.cause === 'slow-reader'
      ? `${gap.count === null ? 'Lines' : formatNoun(gap.count, 'line')} dropped: this reader was too slow.`
      : 'Lines are missing here: the page was away for too long.'
  return (
    <div
      role="note"
      className="bg-attention-soft text-attention sticky left-0 flex h-[20px] w-full items-center gap-2 px-3 font-sans text-[12.5px]"
    >
      <TriangleAlert className="size-3.5 shrink-0" aria-hidden />
      <span className="truncate">{text}</span>
      <button type="button" className="shrink-0 cursor-pointer underline" onClick={() => onShow(gap.at)}>
        Show what is stored
      </button>
    </div>
  )
}
