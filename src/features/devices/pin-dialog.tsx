import { useState } from 'react'
import type { BulkOperation, DeviceDetail } from '#contract/device'
import { ConfirmDialog } from '@/ui/confirm-dialog'
import { toast } from '@/ui/toast.store'
import { PinForm } from './bulk-forms'
import { usePinDevice } from './devices.mutations'

/** Pins one device to a release, whatever its fleet follows. */
export function PinDialog({ device, onClose }: { device: DeviceDetail; onClose: () => void }) {
  const [operation, setOperation] = useState<BulkOperation | null>(null)
  const pin = usePinDevice(device.uuid)
  const releaseId = operation?.kind === 'pin' ? operation.releaseId : null
  const confirm = () => {
    if (releaseId === null) return
    pin.mutate(releaseId, {
      onSuccess: (pinned) => {
        toast('ok', `${pinned.name} is pinned to ${pinned.pinnedRelease?.semver ?? 'the release'}`)
        onClose()
      },
    })
  }
  return (
    <ConfirmDialog
      title="Pin to a release"
      confirmLabel="Pin device"
      isPending={pin.isPending}
      isBlocked={releaseId === null}
      error={pin.error}
      onConfirm={confirm}
      onClose={onClose}
    >
      <PinForm fleetId={device.fleetId} onChange={setOperation} />
      <p className="text-ink-muted">
        The device downloads this release and stays on it, whatever its fleet or a rollout says, until it is
        unpinned.
      </p>
    </ConfirmDialog>
  )
}

/** Lets one device follow its fleet again. */
export function UnpinDialog({ device, onClose }: { device: DeviceDetail; onClose: () => void }) {
  const pin = usePinDevice(device.uuid)
  return (
    <ConfirmDialog
      title="Unpin the device?"
      confirmLabel="Unpin device"
      isPending={pin.isPending}
      error={pin.error}
      onConfirm={() =>
        pin.mutate(null, {
          onSuccess: () => {
            toast('ok', `${device.name} follows its fleet again`)
            onClose()
          },
        })
      }
      onClose={onClose}
    >
      <p>
        It is pinned to {device.pinnedRelease?.semver ?? 'a release'}. It will follow the fleet{' '}
        {device.fleetName} again, and update if the fleet’s release differs.
      </p>
    </ConfirmDialog>
  )
}
