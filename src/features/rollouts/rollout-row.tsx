import { Link } from 'react-router'
import type { RolloutRow } from '#contract/rollout'
import { rolloutWords } from '@/domain/device-words'
import { targetLabel } from '@/domain/rollout-target-words'
import { rolloutParts, rolloutProgress } from '@/domain/rollout-states'
import { formatCount } from '@/lib/format'
import { RelativeTime } from '@/ui/relative-time'
import { SpreadBar } from '@/ui/spread-bar'
import { Status } from '@/ui/status'
import { Cell } from '@/ui/table'
import { isBackward } from './rollout-state'

function State({ rollout }: { rollout: RolloutRow }) {
  const { label, tone } = rolloutWords[rollout.state]
  return (
    <Status tone={tone} className="whitespace-nowrap">
      {label}
    </Status>
  )
}

/** How far it is, as a bar by state and in words. */
function Progress({ rollout }: { rollout: RolloutRow }) {
  const isBack = isBackward(rollout.state)
  const progress = rolloutProgress(rollout.counts, isBack)
  const rest = [
    [progress.updating, 'updating'],
    [progress.waiting, 'waiting'],
    [progress.offline, 'offline'],
    [progress.failed, 'failed'],
    [isBack ? 0 : progress.rolledBack, 'rolled back'],
  ] as const
  const told = rest.filter(([count]) => count > 0).map(([count, word]) => `${formatCount(count)} ${word}`)
  return (
    <>
      <SpreadBar label={`Devices of rollout ${rollout.id}`} parts={rolloutParts(rollout.counts)} />
      <p className="text-ink-soft mt-1 text-[13px] tabular-nums">
        {formatCount(progress.done)} of {formatCount(progress.aimed)} {isBack ? 'back' : 'updated'}
        {told.length > 0 && <span className="text-ink-muted"> · {told.join(' · ')}</span>}
      </p>
    </>
  )
}

function Title({ rollout }: { rollout: RolloutRow }) {
  return (
    <>
      <Link to={`/rollouts/${rollout.id}`} className="font-medium hover:underline">
        {targetLabel(rollout.target)}
      </Link>
      <span className="text-ink-muted ml-1.5 text-[13px]">#{rollout.id}</span>
    </>
  )
}

type RolloutItemProps = { rollout: RolloutRow; hasFleet: boolean }

/** One rollout in the list. */
export function RolloutTableRow({ rollout, hasFleet }: RolloutItemProps) {
  return (
    <tr className="hover:bg-sunken/60">
      <Cell className="whitespace-nowrap">
        <Title rollout={rollout} />
      </Cell>
      {hasFleet && (
        <Cell className="max-w-48 truncate">
          <Link to={`/fleets/${rollout.fleetId}`} className="hover:underline">
            {rollout.fleetName}
          </Link>
        </Cell>
      )}
      <Cell>
        <State rollout={rollout} />
      </Cell>
      <Cell className="w-[34%] min-w-60">
        <Progress rollout={rollout} />
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

/** The same where the window is too narrow for a table. */
export function RolloutCard({ rollout, hasFleet }: RolloutItemProps) {
  return (
    <li className="px-4 py-3">
      <div className="mb-2 flex items-center gap-2">
        <span className="min-w-0 flex-1 truncate">
          <Title rollout={rollout} />
          {hasFleet && <span className="text-ink-muted"> to {rollout.fleetName}</span>}
        </span>
        <State rollout={rollout} />
      </div>
      <Progress rollout={rollout} />
      <p className="text-ink-muted mt-0.5 text-[13px]">
        Started <RelativeTime at={rollout.createdAt} /> by {rollout.createdBy}
        {rollout.finishedAt !== null && (
          <>
            {' '}
            · ended <RelativeTime at={rollout.finishedAt} />
          </>
        )}
      </p>
    </li>
  )
}
