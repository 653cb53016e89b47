import type { FleetSummary } from '#contract/fleet'
import { cn } from '@/lib/cn'
import { formatCount } from '@/lib/format'
import { toneText, type Tone } from '@/ui/status'

const changes: { key: keyof FleetSummary['lastHour']; what: string; tone: Tone }[] = [
  { key: 'wentOffline', what: 'went offline', tone: 'unknown' },
  { key: 'cameBack', what: 'came back', tone: 'ok' },
  { key: 'updated', what: 'updated', tone: 'ok' },
  { key: 'updateFailed', what: 'failed to update', tone: 'critical' },
  { key: 'healthWorsened', what: 'got worse', tone: 'attention' },
]

/** What changed in the last hour, in words; nothing is also said. */
export function lastHourText(lastHour: FleetSummary['lastHour']): string {
  const told = changes
    .filter(({ key }) => lastHour[key] > 0)
    .map(({ key, what }) => `${formatCount(lastHour[key])} ${what}`)
  return told.length === 0 ? 'No change in the last hour' : `Last hour: ${told.join(' · ')}`
}

/** The same as a list that keeps its place whatever the numbers are. */
export function LastHour({ lastHour }: { lastHour: FleetSummary['lastHour'] }) {
  return (
    <ul className="space-y-1">
      {changes.map(({ key, what, tone }) => (
        <li key={key} className="flex items-baseline gap-2">
          <span
            className={cn(
              'w-12 text-right font-semibold tabular-nums',
              lastHour[key] === 0 ? 'text-ink-muted' : toneText[tone],
            )}
          >
            {formatCount(lastHour[key])}
          </span>
          <span className={lastHour[key] === 0 ? 'text-ink-muted' : ''}>{what}</span>
        </li>
      ))}
    </ul>
  )
}
