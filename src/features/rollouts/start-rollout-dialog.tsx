import { Link } from 'react-router'
import type { RolloutTarget } from '#contract/fleet'
import type { RolloutDetail, RolloutPreview } from '#contract/rollout'
import { targetWords } from '@/domain/rollout-target-words'
import { formatBytes, formatNoun } from '@/lib/format'
import { ConfirmDialog } from '@/ui/confirm-dialog'
import { toast } from '@/ui/toast.store'
import { useStartRollout } from './rollouts.mutations'
import type { RolloutRequest } from './rollouts.queries'

/** From so many devices on the fleet's name must be typed. */
const MANY_DEVICES = 1000

type StartRolloutDialogProps = {
  fleet: { id: number; name: string }
  target: RolloutTarget
  request: RolloutRequest
  preview: RolloutPreview
  onStarted: (rollout: RolloutDetail) => void
  onClose: () => void
}

/** Says what will happen to how many, then starts. */
export function StartRolloutDialog(props: StartRolloutDialogProps) {
  const { fleet, target, request, preview, onStarted, onClose } = props
  const start = useStartRollout(fleet.id)
  const online = preview.willUpdate - preview.offline
  const isWhole = request.filter === undefined
  const first = preview.phases[0]
  const words = targetWords(target)
  return (
    <ConfirmDialog
      title={`Send ${words} to ${formatNoun(preview.willUpdate, 'device')}`}
      confirmLabel="Start rollout"
      isPending={start.isPending}
      error={start.error}
      {...(preview.willUpdate >= MANY_DEVICES ? { typeToConfirm: fleet.name } : {})}
      onClose={onClose}
      onConfirm={() =>
        start.mutate(request, {
          onSuccess: (rollout) => {
            toast('ok', `Rollout ${rollout.id} of ${words} has started.`)
            onStarted(rollout)
          },
        })
      }
    >
      <ul className="list-disc space-y-1 pl-5">
        <li>
          {preview.phases.length === 1 || first === undefined
            ? `${formatNoun(online, 'device')} of ${fleet.name} ${online === 1 ? 'is' : 'are'} offered ${words}.`
            : `“${first.name}” begins with ${formatNoun(first.devices, 'device')} of ${fleet.name}; ${formatNoun(
                preview.phases.length - 1,
                'more phase',
              )} ${preview.phases.length === 2 ? 'follows' : 'follow'} as the gates allow.`}
        </li>
        {preview.offline > 0 && (
          <li>{formatNoun(preview.offline, 'offline device')} will be offered it on return.</li>
        )}
        {preview.estimatedBytes !== null && (
          <li>About {formatBytes(preview.estimatedBytes)} will be sent, less with deltas.</li>
        )}
        {target.kind === 'host-os' && (
          <li>
            Each device reboots into its other slot, and boots the old one again when the new one does not
            come up healthy: such a device counts as rolled back, and as failed for the gate.
          </li>
        )}
        {isWhole && target.kind === 'release' && (
          <li>
            When nobody waits any more, {fleet.name} itself is pinned to {words}.
          </li>
        )}
      </ul>
      {preview.conflict !== null && (
        <p>
          <Link
            to={`/rollouts/${preview.conflict.rolloutId}`}
            className="text-accent-ink underline underline-offset-2"
          >
            Open rollout {preview.conflict.rolloutId}
          </Link>
          , which still owns {formatNoun(preview.conflict.devices, 'device')} of these.
        </p>
      )}
      <p className="text-ink-muted">
        It can be paused at any time; rolling back returns every touched device to what it ran.
      </p>
    </ConfirmDialog>
  )
}
