import { Cpu, SearchX } from 'lucide-react'
import { Link } from 'react-router'
import { useMay } from '@/lib/permission'
import { useMissing } from '@/lib/source'
import { Button, buttonClass } from '@/ui/button'
import { EmptyState } from '@/ui/states'

/** The filter leaves nothing. */
export function NoMatch({ onClear }: { onClear: () => void }) {
  return (
    <EmptyState
      icon={SearchX}
      title="No device matches"
      action={<Button onClick={onClear}>Clear search and filters</Button>}
      className="border-line rounded-lg border border-dashed"
    >
      Devices that come to match appear here by themselves.
    </EmptyState>
  )
}

/** There is no device at all yet: how the first one comes. */
export function NoDevices({ fleetId }: { fleetId: number | undefined }) {
  const mayProvision = useMay('admin')
  const cannot = useMissing('register-devices')
  return (
    <EmptyState
      icon={Cpu}
      title="No devices yet"
      className="border-line rounded-lg border border-dashed"
      action={
        cannot === null ? (
          <Link
            to={fleetId === undefined ? '/fleets' : `/fleets/${fleetId}/settings`}
            className={buttonClass('primary')}
          >
            {fleetId === undefined ? 'To the fleets' : 'To the fleet’s settings'}
          </Link>
        ) : undefined
      }
    >
      {cannot ??
        (mayProvision
          ? 'Make a provisioning key in a fleet’s settings and start a device with it. It registers itself and appears here.'
          : 'An administrator makes a provisioning key in a fleet’s settings; a device started with it registers itself and appears here.')}
    </EmptyState>
  )
}
