import type { DeviceEvent } from '#contract/device'
import { layerWords } from '@/domain/device-words'
import { cn } from '@/lib/cn'
import { formatClock, formatFullInstant } from '@/lib/time'
import { toneText, type Tone } from '@/ui/status'
import { eventWords } from './event-words'
import { groupByDay, type TimelineRow } from './timeline.queries'

const toneOf = (severity: DeviceEvent['severity']): Tone => (severity === 'info' ? 'neutral' : severity)
const severityWords: Record<DeviceEvent['severity'], string> = {
  info: '',
  ok: 'Good: ',
  attention: 'Attention: ',
  critical: 'Critical: ',
}
const dayWords = new Intl.DateTimeFormat('en-GB', { weekday: 'long', day: 'numeric', month: 'long' })

function dayLabel(day: string): string {
  const date = new Date(day)
  const today = new Date().toDateString()
  return day === today ? 'Today' : dayWords.format(date)
}

function EventRow({ event, count, since }: TimelineRow) {
  const { label, icon: Icon } = eventWords[event.kind]
  const details = [label, event.layer && event.layer !== 'service' ? layerWords[event.layer] : null]
  const where = [...new Set(details.filter((part) => part !== null))].join(', ')
  return (
    <li className="flex gap-3 px-4 py-1.5">
      <time
        dateTime={event.at}
        title={formatFullInstant(event.at)}
        className="text-ink-muted w-16 shrink-0 text-[13px] leading-5 tabular-nums"
      >
        {formatClock(event.at)}
      </time>
      <Icon className={cn('mt-0.5 size-4 shrink-0', toneText[toneOf(event.severity)])} aria-hidden />
      <div className="min-w-0 flex-1">
        <p className={cn('break-words', event.severity === 'critical' && 'text-critical font-medium')}>
          <span className="sr-only">{severityWords[event.severity]}</span>
          {event.summary}
        </p>
        <p className="text-ink-muted text-[13px]">
          {where}
          {event.actor !== null && `, by ${event.actor}`}
          {count > 1 && `, ${count} times since ${formatClock(since)}`}
        </p>
      </div>
    </li>
  )
}

/** Rows of a timeline under their days. */
export function EventRows({ rows }: { rows: readonly TimelineRow[] }) {
  return (
    <div className="py-1">
      {groupByDay(rows).map((group) => (
        <section key={group.day} aria-label={dayLabel(group.day)}>
          <h3 className="text-ink-muted px-4 pt-2 pb-1 text-xs font-medium">{dayLabel(group.day)}</h3>
          <ol>
            {group.rows.map((row) => (
              // The earliest of a fold stays; the row does not start anew with every repeat.
              <EventRow key={`${row.since} ${row.event.kind} ${row.event.summary}`} {...row} />
            ))}
          </ol>
        </section>
      ))}
    </div>
  )
}
