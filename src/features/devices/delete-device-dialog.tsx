import { useNavigate } from 'react-router'
import type { DeviceDetail } from '#contract/device'
import { ConfirmDialog } from '@/ui/confirm-dialog'
import { toast } from '@/ui/toast.store'
import { useDeleteDevice } from './devices.mutations'

/** Deletes a device after its name was typed. */
export function DeleteDeviceDialog({ device, onClose }: { device: DeviceDetail; onClose: () => void }) {
  const remove = useDeleteDevice(device.uuid)
  const navigate = useNavigate()
  return (
    <ConfirmDialog
      title="Delete the device?"
      confirmLabel="Delete device"
      isDangerous
      typeToConfirm={device.name.trim()}
      isPending={remove.isPending}
      error={remove.error}
      onConfirm={() =>
        remove.mutate(undefined, {
          onSuccess: () => {
            toast('ok', `${device.name} is deleted`)
            void navigate('/devices', { replace: true })
          },
        })
      }
      onClose={onClose}
    >
      <p>
        Its events, metrics, logs, tags and variables are deleted, and its key stops working: the device goes
        on with what it runs, but is refused here until it is provisioned anew.
      </p>
    </ConfirmDialog>
  )
}
