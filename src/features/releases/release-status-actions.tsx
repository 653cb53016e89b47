import { useState } from 'react'
import type { ReleaseDetail } from '#contract/release'
import { formatNoun } from '@/lib/format'
import { useMay } from '@/lib/permission'
import { useMissing } from '@/lib/source'
import { Button } from '@/ui/button'
import { ConfirmDialog } from '@/ui/confirm-dialog'
import { Field, TextArea } from '@/ui/field'
import { toast } from '@/ui/toast.store'
import { useUpdateRelease } from './releases.mutations'

type ReleaseStatusActionsProps = {
  release: ReleaseDetail
  /** Devices of the fleet, when it follows the newest final release by itself. */
  followers: number | null
}

/** Finalise a draft, or mark a release failed; each says first what follows from it. */
export function ReleaseStatusActions({ release, followers }: ReleaseStatusActionsProps) {
  const [open, setOpen] = useState<'final' | 'failed' | null>(null)
  const mayChange = useMay('release-manager')
  const canChange = useMissing('create-releases') === null
  const why = mayChange ? undefined : 'Needs the role release manager'
  if (release.status === 'failed' || !canChange) return null
  return (
    <>
      {release.status === 'draft' && (
        <Button disabled={!mayChange} title={why} onClick={() => setOpen('final')}>
          Finalise
        </Button>
      )}
      <Button disabled={!mayChange} title={why} onClick={() => setOpen('failed')}>
        Mark failed
      </Button>
      {open === 'final' && (
        <FinaliseDialog release={release} followers={followers} onClose={() => setOpen(null)} />
      )}
      {open === 'failed' && <FailDialog release={release} onClose={() => setOpen(null)} />}
    </>
  )
}

function FinaliseDialog(props: ReleaseStatusActionsProps & { onClose: () => void }) {
  const { release, followers, onClose } = props
  const update = useUpdateRelease(release.id)
  return (
    <ConfirmDialog
      title={`Finalise ${release.semver}`}
      confirmLabel="Finalise"
      isPending={update.isPending}
      error={update.error}
      onClose={onClose}
      onConfirm={() =>
        update.mutate(
          { status: 'final' },
          {
            onSuccess: () => {
              toast('ok', `${release.semver} is final.`)
              onClose()
            },
          },
        )
      }
    >
      {followers === null ? (
        <p>
          {release.fleetName} does not follow the newest release by itself, so no device changes. A final
          release cannot become a draft again.
        </p>
      ) : (
        <p>
          {release.fleetName} tracks the latest final release:{' '}
          <strong>all {formatNoun(followers, 'device')} that are not pinned will get it at once</strong>,
          without a rollout. To send it step by step, keep the draft and start a rollout.
        </p>
      )}
    </ConfirmDialog>
  )
}

function FailDialog({ release, onClose }: { release: ReleaseDetail; onClose: () => void }) {
  const [reason, setReason] = useState('')
  const update = useUpdateRelease(release.id)
  return (
    <ConfirmDialog
      title={`Mark ${release.semver} as failed`}
      confirmLabel="Mark failed"
      isDangerous
      isPending={update.isPending}
      isBlocked={reason.trim() === ''}
      error={update.error}
      onClose={onClose}
      onConfirm={() =>
        update.mutate(
          { status: 'failed', failureReason: reason.trim() },
          {
            onSuccess: () => {
              toast('ok', `${release.semver} is marked as failed and is not offered any more.`)
              onClose()
            },
          },
        )
      }
    >
      <p>
        It will never be offered to a device again, and stays failed.{' '}
        {release.runningCount > 0
          ? `${formatNoun(release.runningCount, 'device')} running it now ${
              release.runningCount === 1 ? 'keeps' : 'keep'
            } it until sent another release.`
          : 'No device runs it now.'}
        {release.isFleetTarget && ' A fleet that tracks the latest release goes back to the one before.'}
      </p>
      <Field label="Reason" hint="Shown wherever the release is shown.">
        {(field) => (
          <TextArea
            {...field}
            rows={3}
            maxLength={1000}
            value={reason}
            onChange={(event) => setReason(event.target.value)}
          />
        )}
      </Field>
    </ConfirmDialog>
  )
}
