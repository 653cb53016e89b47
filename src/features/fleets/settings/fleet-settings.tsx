import type { FleetSummary } from '#contract/fleet'
import { useMay } from '@/lib/permission'
import { useMissing } from '@/lib/source'
import { DeletePanel } from './delete-panel'
import { FleetVariables } from './fleet-variables'
import { LogRetentionPanel } from './log-retention-panel'
import { PolicyPanel } from './policy-panel'
import { ProvisioningPanel } from './provisioning-panel'
import { RenamePanel } from './rename-panel'
import { ThresholdsPanel } from './thresholds-panel'

/** Everything about a fleet that can be changed; what a role may not change it can still read, or is told why not. */
export function FleetSettings({ fleet }: { fleet: FleetSummary }) {
  const isAdmin = useMay('admin')
  const canDelete = useMissing('create-fleets') === null
  return (
    <div className="space-y-4">
      <div className="grid items-start gap-4 xl:grid-cols-2">
        <div className="space-y-4">
          <RenamePanel fleet={fleet} />
          <PolicyPanel fleet={fleet} />
          <LogRetentionPanel fleetId={fleet.id} />
        </div>
        <ThresholdsPanel fleet={fleet} />
      </div>
      <FleetVariables fleet={fleet} />
      <ProvisioningPanel fleet={fleet} />
      {isAdmin && canDelete && <DeletePanel fleet={fleet} />}
    </div>
  )
}
