import {
  BadgeCheck,
  CircleStop,
  Pause,
  Play,
  RotateCcw,
  SkipForward,
  Undo2,
  type LucideIcon,
} from 'lucide-react'
import { useState } from 'react'
import type { RolloutDetail, RolloutVerb } from '#contract/rollout'
import { useMay } from '@/lib/permission'
import { Button } from '@/ui/button'
import { ProblemNote } from '@/ui/problem-note'
import { toast } from '@/ui/toast.store'
import {
  AbortDialog,
  ApproveDialog,
  RetryDialog,
  RollBackDialog,
  SkipPhaseDialog,
} from './rollout-verb-dialogs'
import { verbLabels, verbMessage, verbNeeds, verbsFor } from './rollout-verb-rules'
import { useRolloutVerb } from './rollouts.mutations'

const icons: Record<RolloutVerb, LucideIcon> = {
  pause: Pause,
  resume: Play,
  approve: BadgeCheck,
  'skip-phase': SkipForward,
  abort: CircleStop,
  'retry-failed': RotateCcw,
  'roll-back': Undo2,
}
type Asked = Exclude<RolloutVerb, 'pause' | 'resume'>
const isAsked = (verb: RolloutVerb): verb is Asked => verb !== 'pause' && verb !== 'resume'

/** What can be done to a rollout: pausing is one click, the rest says first what follows from it. */
export function RolloutVerbs({ rollout }: { rollout: RolloutDetail }) {
  const [open, setOpen] = useState<Asked | null>(null)
  const mayManage = useMay('release-manager')
  const mayAdminister = useMay('admin')
  const act = useRolloutVerb(rollout.id)
  const run = (verb: RolloutVerb, reason?: string) =>
    act.mutate(
      { verb, ...(reason === undefined ? {} : { reason }) },
      {
        onSuccess: (answer) => {
          toast(answer.hadEffect ? 'ok' : 'neutral', verbMessage(verb, answer))
          setOpen(null)
        },
      },
    )
  const approval = verbNeeds('approve', rollout)
  const pending = act.isPending ? act.variables.verb : null
  const dialog = {
    rollout,
    isPending: act.isPending,
    error: act.error,
    onClose: () => {
      setOpen(null)
      act.reset()
    },
  }
  return (
    <>
      {verbsFor(rollout).map((verb) => {
        const Icon = icons[verb]
        const needs = verbNeeds(verb, rollout)
        const may = needs.role === 'admin' ? mayAdminister : mayManage
        return (
          <Button
            key={verb}
            variant={
              verb === 'roll-back'
                ? 'danger'
                : verb === 'pause' || verb === 'resume' || verb === 'approve'
                  ? 'primary'
                  : 'secondary'
            }
            icon={<Icon className="size-4" aria-hidden />}
            isPending={pending === verb && open === null}
            disabled={!may || act.isPending}
            title={may ? undefined : needs.obstacle}
            onClick={() => {
              act.reset()
              if (isAsked(verb)) setOpen(verb)
              else run(verb)
            }}
          >
            {verbLabels[verb]}
            {isAsked(verb) && '…'}
          </Button>
        )
      })}
      {mayManage && !mayAdminister && approval.role === 'admin' && (
        <p className="text-ink-muted basis-full text-[13px]">{approval.obstacle}</p>
      )}
      {open === null && act.error !== null && (
        <div className="basis-full">
          <ProblemNote error={act.error} />
        </div>
      )}
      {open === 'approve' && <ApproveDialog {...dialog} onConfirm={(reason) => run('approve', reason)} />}
      {open === 'skip-phase' && (
        <SkipPhaseDialog {...dialog} onConfirm={(reason) => run('skip-phase', reason)} />
      )}
      {open === 'abort' && <AbortDialog {...dialog} onConfirm={(reason) => run('abort', reason)} />}
      {open === 'retry-failed' && <RetryDialog {...dialog} onConfirm={() => run('retry-failed')} />}
      {open === 'roll-back' && (
        <RollBackDialog {...dialog} onConfirm={(reason) => run('roll-back', reason)} />
      )}
    </>
  )
}
