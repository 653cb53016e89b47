import { Link } from 'react-router'
import type { RolloutDetail } from '#contract/rollout'
import { formatCount, formatNoun } from '@/lib/format'
import { Panel } from '@/ui/panel'
import { Status } from '@/ui/status'

/** Why devices failed, most frequent first, with some of them one click from their logs. */
export function RolloutFailures({ rollout }: { rollout: RolloutDetail }) {
  const { failures, counts } = rollout
  return (
    <Panel
      title="Failures by reason"
      hint={counts.failed === 0 ? undefined : formatNoun(counts.failed, 'device')}
      isFlush
    >
      {failures.length === 0 ? (
        <p className="p-4">
          <Status tone="ok">No device has failed.</Status>
        </p>
      ) : (
        <ul className="divide-line divide-y">
          {failures.map((failure) => (
            <li key={failure.reason} className="px-4 py-2.5">
              <div className="flex items-start gap-3">
                <p className="min-w-0 flex-1 font-medium break-words">{failure.reason}</p>
                <span className="text-critical font-semibold tabular-nums">{formatCount(failure.count)}</span>
              </div>
              <p className="text-ink-muted mt-0.5 text-[13px]">
                Logs of{' '}
                {failure.examples.map((device, index) => (
                  <span key={device.uuid}>
                    {index > 0 && ', '}
                    <Link
                      to={`/devices/${device.uuid}/logs`}
                      className="text-accent-ink underline underline-offset-2"
                    >
                      {device.name}
                    </Link>
                  </span>
                ))}
                {failure.count > failure.examples.length &&
                  ` and ${formatCount(failure.count - failure.examples.length)} more`}
              </p>
            </li>
          ))}
        </ul>
      )}
    </Panel>
  )
}
