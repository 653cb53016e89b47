import type { RolloutDetail } from '#contract/rollout'
import { rolloutDeviceWords } from '@/domain/device-words'
import { rolloutFillClass, rolloutParts, rolloutProgress, rolloutStateOrder } from '@/domain/rollout-states'
import { cn } from '@/lib/cn'
import { formatCount } from '@/lib/format'
import { formatDuration } from '@/lib/time'
import { SpreadBar } from '@/ui/spread-bar'
import { Badge } from '@/ui/status'
import { phaseWords } from './phase-words'
import { reachWords } from './plan-words'
import { isBackward } from './rollout-state'

/** The phases as lanes, in order, each with its devices by state; one legend for all. */
export function RolloutPhases({ rollout }: { rollout: RolloutDetail }) {
  const isBack = isBackward(rollout.state)
  const shown = rolloutStateOrder.filter((state) => rollout.counts[state] > 0)
  return (
    <>
      <ol className="space-y-3">
        {rollout.phases.map((phase) => {
          const { label, tone } = phaseWords[phase.state]
          const progress = rolloutProgress(phase.counts, isBack)
          return (
            <li
              key={phase.index}
              className="grid items-center gap-x-4 gap-y-1 sm:grid-cols-[14rem_minmax(0,1fr)_7rem]"
            >
              <div className="flex min-w-0 flex-wrap items-center gap-x-2">
                <span className="text-ink-muted tabular-nums">{phase.index + 1}</span>
                <span className="truncate font-medium">{phase.name}</span>
                <Badge tone={tone}>{label}</Badge>
                <span className="text-ink-muted block w-full text-xs">
                  {phase.isControl ? 'held back to compare with' : reachWords(phase)} · soak{' '}
                  {phase.soakSeconds === 0 ? 'none' : formatDuration(phase.soakSeconds * 1000)}
                  {phase.isSkipped && ' · gate skipped'}
                </span>
              </div>
              <SpreadBar
                label={`Phase ${phase.index + 1}`}
                parts={rolloutParts(phase.counts)}
                className="[&>div]:h-4"
              />
              <span className="text-ink-soft text-[13px] tabular-nums sm:text-right">
                {formatCount(progress.done)} of {formatCount(progress.aimed)}
              </span>
            </li>
          )
        })}
      </ol>
      <ul className="text-ink-soft mt-3 flex flex-wrap gap-x-4 gap-y-1 text-[13px]" aria-label="States">
        {shown.map((state) => (
          <li key={state} className="flex items-center gap-1.5">
            <span className={cn('size-2.5 rounded-sm', rolloutFillClass[state])} aria-hidden />
            {rolloutDeviceWords[state].label}{' '}
            <span className="font-medium tabular-nums">{formatCount(rollout.counts[state])}</span>
          </li>
        ))}
      </ul>
    </>
  )
}
