import { TriangleAlert } from 'lucide-react'
import { memo } from 'react'
import type { LogLevel, LogLine } from '#contract/log'
import { readLogFields } from '#contract/log-fields'
import { logLevelWords } from '@/domain/device-words'
import { cn } from '@/lib/cn'
import { formatCount, formatNoun } from '@/lib/format'
import { formatDate, formatDay, formatFullInstant, formatPreciseClock } from '@/lib/time'
import { toneText } from '@/ui/status'
import { FieldsMessage } from './fields-message'
import type { Matcher } from './highlight'
import { deviceColour } from './log-colours'
import type { LogClock } from './log-search'
import { LogMessage, SHOWN_CHARACTERS } from './log-message'
import type { LogGap } from './log-window'
import { visibleText } from './visible-text'

/** Height of a line that is not wrapped, in CSS px. */
export const ROW_HEIGHT_PX = 20
/** The same where time, device and service stand above the text. */
export const STACKED_ROW_HEIGHT_PX = 40

const shortLevel: Record<LogLevel, string> = { error: 'ERR', warning: 'WRN', info: 'INF', debug: 'DBG' }
const levelRow: Partial<Record<LogLevel, string>> = {
  error: 'bg-critical-soft/45',
  warning: 'bg-attention-soft/45',
}

export type RowLook = {
  isWrapped: boolean
  /** Time, device and service above the text: for narrow screens. */
  isStacked: boolean
  clock: LogClock
  hasDevice: boolean
  hasService: boolean
  /** Lines that are JSON objects as their fields. */
  hasFields: boolean
  today: string
}
type LogRowProps = {
  line: LogLine
  look: RowLook
  matcher: Matcher | null
  /** Where somebody went by time or with the keyboard. */
  isMarked: boolean
}

/** One line. What carries `data-opens` opens its details; the list listens, a row is too small to be a button. */
export const LogRow = memo(function LogRow({ line, look, matcher, isMarked }: LogRowProps) {
  const moreCharacters = line.message.length - SHOWN_CHARACTERS
  const fields = look.hasFields ? readLogFields(line.message) : null
  const meta = <RowMeta line={line} look={look} />
  return (
    <div
      className={cn(
        'gap-x-2.5 px-3',
        look.isStacked ? 'border-line/60 border-b' : 'flex',
        look.isWrapped ? 'w-full' : 'w-max min-w-full whitespace-pre',
        levelRow[line.level],
        isMarked && 'outline-accent outline-1 -outline-offset-1',
      )}
    >
      {look.isStacked ? (
        <div className="sticky left-3 flex h-[19px] w-[calc(100vw-4rem)] gap-x-2.5 text-[11px]">{meta}</div>
      ) : (
        meta
      )}
      <div
        className={cn(
          'min-w-0 flex-1',
          look.isStacked && 'min-h-[20px]',
          look.isWrapped && 'wrap-anywhere whitespace-pre-wrap',
        )}
      >
        {fields === null ? (
          <LogMessage message={line.message} matcher={matcher} />
        ) : (
          <FieldsMessage fields={fields} matcher={matcher} />
        )}
        {moreCharacters > 0 && (
          <span data-opens className="text-accent-ink ml-2 cursor-pointer underline">
            {formatCount(moreCharacters)} more characters
          </span>
        )}
      </div>
    </div>
  )
})

function RowMeta({ line, look }: Pick<LogRowProps, 'line' | 'look'>) {
  const { label, tone } = logLevelWords[line.level]
  const service = visibleText(line.service ?? 'system')
  return (
    <>
      <RowTime line={line} look={look} />
      {look.hasDevice && (
        <span
          className={cn('shrink-0 truncate font-medium', look.isStacked ? 'max-w-[45%]' : 'w-40')}
          style={{ color: deviceColour(line.deviceUuid) }}
          title={visibleText(line.deviceName)}
        >
          <bdi>{visibleText(line.deviceName)}</bdi>
        </span>
      )}
      {look.hasService && (
        <span
          className={cn(
            'truncate',
            look.isStacked ? 'min-w-0 flex-1' : 'w-32 shrink-0',
            line.isSystem ? 'text-ink-muted italic' : 'text-ink-soft',
          )}
          title={line.isStderr ? `${service}, standard error` : service}
        >
          <bdi>{service}</bdi>
          {line.isStderr && <span className="text-ink-muted">:err</span>}
        </span>
      )}
      <abbr title={label} className={cn('shrink-0 text-[11px] font-semibold no-underline', toneText[tone])}>
        {shortLevel[line.level]}
      </abbr>
    </>
  )
}

const DAY_MS = 86_400_000

/** Time of day, with the day where it is not today's; a clock that is a day off says which day it believes in. */
function RowTime({ line, look }: Pick<LogRowProps, 'line' | 'look'>) {
  const at = look.clock === 'device' ? line.at : line.receivedAt
  const day = formatDay(line.receivedAt)
  const isWrong = Math.abs(Date.parse(at) - Date.parse(line.receivedAt)) > DAY_MS
  return (
    <time
      data-opens
      dateTime={at}
      title={
        isWrong
          ? `The device’s clock said ${formatFullInstant(at)}. Show the whole line`
          : `${formatFullInstant(at)}: show the whole line`
      }
      className={cn(
        'hover:text-accent-ink min-w-[12ch] shrink-0 cursor-pointer self-start text-left tabular-nums hover:underline',
        isWrong ? 'text-attention' : 'text-ink-muted',
      )}
    >
      {isWrong ? formatDate(at) : `${day === look.today ? '' : `${day} `}${formatPreciseClock(at)}`}
    </time>
  )
}

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
