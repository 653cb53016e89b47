import { useQuery } from '@tanstack/react-query'
import type { FleetSummary } from '#contract/fleet'
import type { HealthThresholds } from '#contract/health'
import { ConfirmDialog } from '@/ui/confirm-dialog'
import { LoadingState } from '@/ui/states'
import { toast } from '@/ui/toast.store'
import { useSetThresholds } from '../fleets.mutations'
import { fleetQueries } from '../fleets.queries'
import { changesOf } from './threshold-form'
import { ThresholdMoves } from './threshold-moves'

/** From how many devices that change state on the fleet's name must be typed. */
const TYPE_FROM = 100

type ThresholdsConfirmProps = {
  fleet: Pick<FleetSummary, 'id' | 'name'>
  before: HealthThresholds
  after: HealthThresholds
  onSaved: (limits: HealthThresholds) => void
  onClose: () => void
}

/** Says which limits change and what that makes of how many devices, before it does. */
export function ThresholdsConfirm({ fleet, before, after, onSaved, onClose }: ThresholdsConfirmProps) {
  const preview = useQuery({ ...fleetQueries.thresholdPreview(fleet.id, after), staleTime: 0 })
  const save = useSetThresholds(fleet.id)
  const confirm = () =>
    save.mutate(after, {
      onSuccess: ({ limits }) => {
        toast('ok', `The health limits of ${fleet.name} are saved. Its devices are judged anew.`)
        onSaved(limits)
      },
    })
  const changing = preview.data?.changing ?? 0
  return (
    <ConfirmDialog
      title="Change the health limits?"
      confirmLabel="Change limits"
      isPending={save.isPending}
      isBlocked={preview.isFetching || preview.data === undefined}
      error={save.error ?? preview.error}
      {...(changing >= TYPE_FROM ? { typeToConfirm: fleet.name } : {})}
      onConfirm={confirm}
      onClose={onClose}
    >
      <ul aria-label="Limits that change" className="list-disc pl-5 tabular-nums">
        {changesOf(before, after).map((line) => (
          <li key={line}>{line}</li>
        ))}
      </ul>
      {preview.isPending ? (
        <LoadingState what="what this changes" />
      ) : (
        preview.data && (
          <div>
            <ThresholdMoves preview={preview.data} />
          </div>
        )
      )}
      <p>
        Lists, device pages, notifications and the gates of rollouts that run judge by these limits from then
        on.
      </p>
    </ConfirmDialog>
  )
}
