import { useState } from 'react'
import { useNavigate } from 'react-router'
import type { FleetSummary } from '#contract/fleet'
import { formatNoun } from '@/lib/format'
import { Button } from '@/ui/button'
import { ConfirmDialog } from '@/ui/confirm-dialog'
import { Panel } from '@/ui/panel'
import { toast } from '@/ui/toast.store'
import { useDeleteFleet } from '../fleets.mutations'

/** Only an empty fleet can be deleted; its name must be typed. */
export function DeletePanel({ fleet }: { fleet: FleetSummary }) {
  const [isAsking, setAsking] = useState(false)
  const remove = useDeleteFleet(fleet.id)
  const navigate = useNavigate()
  const isEmpty = fleet.devices.total === 0
  return (
    <Panel title="Delete the fleet">
      <div className="flex flex-wrap items-center justify-between gap-3">
        <p className="text-ink-muted">
          {isEmpty
            ? 'Its releases, rollouts, variables and keys go with it.'
            : `It still has ${formatNoun(fleet.devices.total, 'device')}: move or delete them first.`}
        </p>
        <Button variant="danger" disabled={!isEmpty} onClick={() => setAsking(true)}>
          Delete fleet…
        </Button>
      </div>
      {isAsking && (
        <ConfirmDialog
          title={`Delete ${fleet.name}?`}
          confirmLabel="Delete fleet"
          isDangerous
          typeToConfirm={fleet.name}
          isPending={remove.isPending}
          error={remove.error}
          onConfirm={() =>
            remove.mutate(undefined, {
              onSuccess: () => {
                toast('ok', `The fleet ${fleet.name} is deleted.`)
                void navigate('/fleets', { replace: true })
              },
            })
          }
          onClose={() => setAsking(false)}
        >
          <p>
            Its releases, rollouts, variables, provisioning keys and history are deleted too. This cannot be
            undone.
          </p>
        </ConfirmDialog>
      )}
    </Panel>
  )
}
