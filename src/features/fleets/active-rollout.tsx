import { ArrowUpRight } from 'lucide-react'
import { Link } from 'react-router'
import type { FleetSummary } from '#contract/fleet'
import { targetWords } from '@/domain/rollout-target-words'
import { formatCount } from '@/lib/format'
import { Meter } from '@/ui/meter'

type Rollout = NonNullable<FleetSummary['activeRollout']>

const verbs: Record<string, string> = { paused: 'Paused rollout', 'rolling-back': 'Rolling back from' }

/** How far the fleet's running rollout is, leading to it. */
export function ActiveRollout(props: { rollout: Rollout; className?: string; isWide?: boolean }) {
  const { rollout, className = '', isWide = false } = props
  const verb = verbs[rollout.state] ?? 'Rollout of'
  return (
    <Link
      to={`/rollouts/${rollout.id}`}
      className={`text-accent-ink flex min-w-0 flex-wrap items-center gap-x-2 gap-y-1 hover:underline ${className}`}
    >
      <Meter
        label={`Rollout of ${targetWords(rollout.target)}`}
        percent={rollout.total === 0 ? 0 : (rollout.succeeded / rollout.total) * 100}
        className={isWide ? 'w-full sm:w-80' : 'w-24'}
      />
      <span className="tabular-nums">
        {verb} {targetWords(rollout.target)}: {formatCount(rollout.succeeded)} of {formatCount(rollout.total)}
        {rollout.failed > 0 && `, ${formatCount(rollout.failed)} failed`}
      </span>
      <ArrowUpRight className="size-4" aria-hidden />
    </Link>
  )
}
