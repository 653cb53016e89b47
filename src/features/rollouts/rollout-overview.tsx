import type { RolloutDetail } from '#contract/rollout'
import { rolloutProgress } from '@/domain/rollout-states'
import { cn } from '@/lib/cn'
import { formatCount, formatShare } from '@/lib/format'
import { Panel } from '@/ui/panel'
import { RolloutForecastLine } from './rollout-forecast-line'
import { RolloutPhases } from './rollout-phases'
import type { RolloutSearch } from './rollout-search'
import { isBackward } from './rollout-state'

type State = RolloutSearch['state'][number]
const updatingStates: State[] = ['offered', 'downloading', 'installing', 'rebooting', 'verifying']

type FigureProps = {
  label: string
  value: number
  hint?: string
  tone?: string
  isChosen: boolean
  onChoose: () => void
}

function Figure({ label, value, hint, tone, isChosen, onChoose }: FigureProps) {
  return (
    <button
      type="button"
      aria-pressed={isChosen}
      onClick={onChoose}
      title={`Show these devices below`}
      className={cn(
        'min-w-24 rounded-md px-2.5 py-1 text-left',
        isChosen ? 'bg-accent-soft' : 'hover:bg-sunken',
      )}
    >
      <span className={cn('block text-xl leading-tight font-semibold tabular-nums', value > 0 && tone)}>
        {formatCount(value)}
      </span>
      <span className="text-ink-muted block text-[13px] whitespace-nowrap">{label}</span>
      {hint !== undefined && <span className="text-ink-muted block text-xs whitespace-nowrap">{hint}</span>}
    </button>
  )
}

type RolloutOverviewProps = {
  rollout: RolloutDetail
  chosen: readonly State[]
  /** Narrows the devices below to these states. */
  onChoose: (states: State[]) => void
}

/** How far the rollout is: the figures people look for first, then its phases as lanes. */
export function RolloutOverview({ rollout, chosen, onChoose }: RolloutOverviewProps) {
  const isBack = isBackward(rollout.state)
  const progress = rolloutProgress(rollout.counts, isBack)
  const figures: { label: string; value: number; states: State[]; tone?: string; hint?: string }[] = [
    { label: 'updating', value: progress.updating, states: updatingStates, tone: 'text-updating' },
    { label: 'waiting', value: progress.waiting, states: ['waiting'] },
    { label: 'offline, still owed', value: progress.offline, states: ['offline'], tone: 'text-unknown' },
    { label: 'failed', value: progress.failed, states: ['failed'], tone: 'text-critical' },
    ...(rollout.target.kind === 'host-os' && !isBack
      ? [
          {
            label: 'rolled back by themselves',
            value: progress.rolledBack,
            states: ['rolled-back'] satisfies State[],
            tone: 'text-attention',
          },
        ]
      : []),
    { label: 'skipped', value: progress.skipped, states: ['skipped'] },
  ]
  const doneStates: State[] = [isBack ? 'rolled-back' : 'succeeded']
  const isSame = (states: readonly State[]) =>
    chosen.length === states.length && states.every((state) => chosen.includes(state))
  const choose = (states: State[]) => onChoose(isSame(states) ? [] : states)
  return (
    <Panel label="Progress" className="mb-4">
      <div className="mb-4 -ml-2.5 flex flex-wrap gap-x-3 gap-y-2">
        <button
          type="button"
          aria-pressed={isSame(doneStates)}
          title="Show these devices below"
          onClick={() => choose(doneStates)}
          className={cn(
            'min-w-40 rounded-md px-2.5 py-1 text-left',
            isSame(doneStates) ? 'bg-accent-soft' : 'hover:bg-sunken',
          )}
        >
          <span className="block text-xl leading-tight font-semibold tabular-nums">
            {formatCount(progress.done)}
            <span className="text-ink-muted font-normal"> of {formatCount(progress.aimed)}</span>
          </span>
          <span className="text-ink-muted block text-[13px]">
            {isBack ? 'back on what they ran' : 'updated'} · {formatShare(progress.done, progress.aimed)}
          </span>
        </button>
        {figures.map((figure) => (
          <Figure
            key={figure.label}
            {...figure}
            isChosen={isSame(figure.states)}
            onChoose={() => choose(figure.states)}
          />
        ))}
      </div>
      <RolloutForecastLine rollout={rollout} />
      <RolloutPhases rollout={rollout} />
    </Panel>
  )
}
