import { Link } from 'react-router'
import type { ExplainedReason, HealthReason } from '#contract/health'
import { reasonHeading, reasonWords } from '@/domain/device-words'
import { formatInstant } from '@/lib/time'
import { RelativeTime } from '@/ui/relative-time'
import { Badge, Status } from '@/ui/status'
import { changeText } from './change-text'
import { ReasonSpread } from './reason-spread'

const severityWords = { critical: 'Critical', attention: 'Attention', unknown: 'Unknown' } as const

type ItemProps = {
  reason: HealthReason
  /** Absent while it is being fetched. */
  explained: ExplainedReason | undefined
  device: { uuid: string; fleetId: number }
  isFirst: boolean
}

function whose({ limits }: ExplainedReason): string {
  if (limits.length === 0) return 'The same for every fleet.'
  if (limits.every((limit) => limit.isDefault)) return 'Default limits.'
  return limits.every((limit) => !limit.isDefault) ? 'Limits of this fleet.' : 'In part limits of this fleet.'
}

function Details({ explained, device }: { explained: ExplainedReason; device: ItemProps['device'] }) {
  const [meaning, ...help] = explained.help
  return (
    <dl className="mt-2 grid gap-x-4 gap-y-1.5 sm:grid-cols-[7.5rem_minmax(0,1fr)]">
      <dt className="text-ink-muted">Rule</dt>
      <dd>
        {explained.rule}{' '}
        {explained.limits.length === 0 ? (
          whose(explained)
        ) : (
          <Link to={`/fleets/${device.fleetId}/settings`} className="text-accent-ink underline">
            {whose(explained)}
          </Link>
        )}
      </dd>
      <dt className="text-ink-muted">Who else</dt>
      <dd>
        <ReasonSpread fleetId={device.fleetId} explained={explained} />
      </dd>
      <dt className="text-ink-muted">What helps</dt>
      <dd>
        <p>{meaning}</p>
        <ol className="list-decimal pl-5">
          {help.map((step) => (
            <li key={step}>{step}</li>
          ))}
        </ol>
      </dd>
    </dl>
  )
}

/** One reason: the layer and what it is, its evidence, what changed before; rule, others and help at a click. */
export function ExplainedReasonItem({ reason, explained, device, isFirst }: ItemProps) {
  const change = explained ? changeText(explained) : null
  const sinceMs = Date.parse(reason.since)
  const logs = `/devices/${device.uuid}/logs?from=${new Date(sinceMs - 60_000).toISOString()}&to=${new Date(sinceMs + 60_000).toISOString()}`
  return (
    <li className="border-line border-b px-4 py-3 last:border-b-0">
      <div className="flex flex-wrap items-baseline gap-x-3 gap-y-1">
        <h3 className="font-semibold break-words">{reasonHeading(reason)}</h3>
        <Badge tone={reason.severity}>{severityWords[reason.severity]}</Badge>
        <span className="text-ink-muted text-[13px]">
          since {formatInstant(reason.since)} (<RelativeTime at={reason.since} />){' '}
          <Link to={logs} className="text-accent-ink underline">
            logs of that minute
          </Link>
        </span>
      </div>
      <p className="mt-1 break-words">{reason.evidence}.</p>
      {reason.follows !== undefined && (
        <p className="text-ink-muted">
          Probably a consequence of: {reasonWords[reason.follows].toLowerCase()}.
        </p>
      )}
      {change !== null && (
        <p className="mt-0.5">
          <Status tone={explained?.change ? 'attention' : 'neutral'} className="items-start">
            <span className="break-words whitespace-normal">{change}</span>
          </Status>
        </p>
      )}
      {explained && (
        <details open={isFirst} className="mt-1">
          <summary className="text-accent-ink cursor-pointer">
            Rule, who else shows it, and what helps
          </summary>
          <Details explained={explained} device={device} />
        </details>
      )}
    </li>
  )
}
