import { Link } from 'react-router'
import type { ExplainedReason, HealthReason } from '#contract/health'
import { reasonHeading, reasonWords } from '@/domain/device-words'
import { formatInstant } from '@/lib/time'
import { RelativeTime } from '@/ui/relative-time'
import { Badge } from '@/ui/status'
import { around, whoseLimits } from './change-text'
import { ReasonChange } from './reason-change'
import { ReasonSpread } from './reason-spread'

const severityWords = { critical: 'Critical', attention: 'Attention', unknown: 'Unknown' } as const
const LOGS_AROUND_MS = 60_000
const TIMELINE_AROUND_MS = 30 * 60_000

type ItemProps = {
  reason: HealthReason
  /** Absent while it is being fetched. */
  explained: ExplainedReason | undefined
  device: { uuid: string; fleetId: number }
  isFirst: boolean
}

function Details({ explained, device }: { explained: ExplainedReason; device: ItemProps['device'] }) {
  const [meaning, ...help] = explained.help
  const whose = whoseLimits(explained)
  return (
    <dl className="mt-2 grid gap-x-4 sm:grid-cols-[7.5rem_minmax(0,1fr)] sm:gap-y-2">
      <dt className="text-ink-muted max-sm:mt-1">Rule</dt>
      <dd>
        {explained.rule}{' '}
        {explained.limits.length === 0 ? (
          whose
        ) : (
          <Link to={`/fleets/${device.fleetId}/settings`} className="text-accent-ink underline">
            {whose}
          </Link>
        )}
      </dd>
      <dt className="text-ink-muted max-sm:mt-1">Read from</dt>
      <dd>{explained.source}</dd>
      <dt className="text-ink-muted max-sm:mt-1">What it means</dt>
      <dd>{meaning}</dd>
      <dt className="text-ink-muted max-sm:mt-1">What helps</dt>
      <dd>
        <ol className="list-decimal pl-5">
          {help.map((step) => (
            <li key={step}>{step}</li>
          ))}
        </ol>
      </dd>
    </dl>
  )
}

function Since({ reason, device }: Pick<ItemProps, 'reason' | 'device'>) {
  const base = `/devices/${device.uuid}`
  return (
    <span className="text-ink-muted text-[13px]">
      since {formatInstant(reason.since)} (<RelativeTime at={reason.since} />) ·{' '}
      <Link to={`${base}/logs?${around(reason.since, LOGS_AROUND_MS)}`} className="text-accent-ink underline">
        logs of that minute
      </Link>{' '}
      ·{' '}
      <Link
        to={`${base}/timeline?${around(reason.since, TIMELINE_AROUND_MS)}`}
        className="text-accent-ink underline"
      >
        timeline around it
      </Link>
    </span>
  )
}

/** One reason: layer and cause, evidence, what changed before, who else shows it; rule and help at a click. */
export function ExplainedReasonItem({ reason, explained, device, isFirst }: ItemProps) {
  return (
    <li className="border-line border-b px-4 py-3 last:border-b-0">
      <div className="flex flex-wrap items-baseline gap-x-3 gap-y-1">
        <h3 className="font-semibold break-words">{reasonHeading(reason)}</h3>
        <Badge tone={reason.severity}>{severityWords[reason.severity]}</Badge>
        <Since reason={reason} device={device} />
      </div>
      <p className="mt-1 break-words">{reason.evidence}.</p>
      {reason.follows !== undefined && (
        <p className="text-ink-muted">
          Probably a consequence of: {reasonWords[reason.follows].toLowerCase()}.
        </p>
      )}
      {explained && (
        <>
          <ReasonChange explained={explained} device={device} />
          <ReasonSpread fleetId={device.fleetId} explained={explained} />
          <details open={isFirst} className="mt-1">
            <summary className="text-accent-ink cursor-pointer">Rule, and what helps</summary>
            <Details explained={explained} device={device} />
          </details>
        </>
      )}
    </li>
  )
}
