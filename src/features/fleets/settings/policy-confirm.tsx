import { useQuery } from '@tanstack/react-query'
import type { FleetPolicy, FleetSummary } from '#contract/fleet'
import { formatCount, formatNoun } from '@/lib/format'
import { ConfirmDialog } from '@/ui/confirm-dialog'
import { LoadingState } from '@/ui/states'
import { toast } from '@/ui/toast.store'
import { useUpdateFleet } from '../fleets.mutations'
import { fleetQueries } from '../fleets.queries'
import { previewPolicy, type ReleaseChoice } from './policy-preview'

/** From how many moving devices on the fleet's name must be typed. */
const TYPE_FROM = 100

type PolicyConfirmProps = {
  fleet: FleetSummary
  policy: FleetPolicy
  /** The release the policy leads to now; null: none. */
  to: ReleaseChoice | null
  onClose: () => void
}

/** Says how many devices a new policy moves before it does. */
export function PolicyConfirm({ fleet, policy, to, onClose }: PolicyConfirmProps) {
  const followers = useQuery(fleetQueries.followers(fleet.id))
  const change = useUpdateFleet(fleet.id)
  const preview = followers.data ? previewPolicy(followers.data, to?.id ?? null) : null
  const confirm = () =>
    change.mutate(
      { policy },
      {
        onSuccess: (after) => {
          const release = after.targetRelease?.semver ?? 'no release'
          toast(
            'ok',
            policy.kind === 'pinned'
              ? `${fleet.name} is pinned to ${release}.`
              : `${fleet.name} tracks the latest: ${release}.`,
          )
          onClose()
        },
      },
    )
  return (
    <ConfirmDialog
      title={
        policy.kind === 'pinned' ? `Pin the fleet to ${to?.semver ?? '…'}?` : 'Track the latest release?'
      }
      confirmLabel={policy.kind === 'pinned' ? 'Pin fleet' : 'Track latest'}
      isPending={change.isPending}
      isBlocked={preview === null}
      error={change.error ?? followers.error}
      {...(preview && preview.moving >= TYPE_FROM ? { typeToConfirm: fleet.name } : {})}
      onConfirm={confirm}
      onClose={onClose}
    >
      {preview === null && followers.isPending && <LoadingState what="how many devices this moves" />}
      {preview && (
        <ul className="list-disc space-y-1 pl-5">
          <li>
            <strong className="tabular-nums">{formatNoun(preview.moving, 'device')}</strong>{' '}
            {to ? `would get ${to.semver} at the next poll.` : 'would have no release to run.'}
          </li>
          {to && <li>{formatCount(preview.alreadyThere)} already run it.</li>}
          {preview.silent > 0 && (
            <li>
              {formatCount(preview.silent)} of the fleet cannot be heard now; they follow when they come back.
            </li>
          )}
          <li>Devices that are pinned themselves, and those a running rollout steers, stay as they are.</li>
          {policy.kind === 'track-latest' && <li>Every later final release goes to all of them at once.</li>}
        </ul>
      )}
    </ConfirmDialog>
  )
}
