import { Link } from 'react-router'
import type { RolloutRow } from '#contract/rollout'
import { rolloutWords } from '@/domain/device-words'
import { rolloutParts, rolloutProgress } from '@/domain/rollout-states'
import { formatCount } from '@/lib/format'
import { RelativeTime } from '@/ui/relative-time'
import { SpreadBar } from '@/ui/spread-bar'
import { Status } from '@/ui/status'
import { Cell } from '@/ui/table'
import { isBackward } from './rollout-state'

/** One rollout in the list, with how far it is. */
export function RolloutTableRow({ rollout, hasFleet }: { rollout: RolloutRow; hasFleet: boolean }) {
  const { label, tone } = rolloutWords[rollout.state]
  const isBack = isBackward(rollout.state)
  const progress = rolloutProgress(rollout.counts, isBack)
  const rest = [
    [progress.updating, 'updating'],
    [progress.waiting, 'waiting'],
    [progress.offline, 'offline'],
    [progress.failed, 'failed'],
  ] as const
  const told = rest.filter(([count]) => count > 0).map(([count, word]) => `${formatCount(count)} ${word}`)
  return (
    <tr className="hover:bg-sunken/60">
      <Cell className="whitespace-nowrap">
        <Link to={`/rollouts/${rollout.id}`} className="font-medium hover:underline">
          {rollout.release.semver}
        </Link>
        <span className="text-ink-muted ml-1.5 text-[13px]">#{rollout.id}</span>
      </Cell>
      {hasFleet && (
        <Cell className="max-w-48 truncate">
          <Link to={`/fleets/${rollout.fleetId}`} className="hover:underline">
            {rollout.fleetName}
          </Link>
        </Cell>
      )}
      <Cell>
        <Status tone={tone} className="whitespace-nowrap">
          {label}
        </Status>
      </Cell>
      <Cell className="w-[34%] min-w-60">
        <SpreadBar label={`Devices of rollout ${rollout.id}`} parts={rolloutParts(rollout.counts)} />
        <p className="text-ink-soft mt-1 text-[13px] tabular-nums">
          {formatCount(progress.done)} of {formatCount(progress.aimed)} {isBack ? 'back' : 'updated'}
          {told.length > 0 && <span className="text-ink-muted"> · {told.join(' · ')}</span>}
        </p>
      </Cell>
      <Cell className="text-ink-soft whitespace-nowrap">
        <RelativeTime at={rollout.createdAt} />
        <span className="text-ink-muted"> by {rollout.createdBy}</span>
      </Cell>
      <Cell className="text-ink-soft whitespace-nowrap">
        <RelativeTime at={rollout.finishedAt} fallback="–" />
      </Cell>
    </tr>
  )
}
