import { useId, useState } from 'react'
import type { DeviceDetail } from '#contract/device'
import { Checkbox } from '@/ui/checkbox'
import { ConfirmDialog } from '@/ui/confirm-dialog'
import { Status } from '@/ui/status'
import { toast } from '@/ui/toast.store'
import { actionManners, actionTitle, delayText } from './action-words'
import { useAskAction, type ActionAsk } from './actions.queries'

type ActionDialogProps = {
  device: Pick<DeviceDetail, 'uuid' | 'name' | 'connectivity' | 'hasActionChannel'>
  ask: Omit<ActionAsk, 'force'>
  onClose: () => void
}

/** Asks before a device does something, by consequence; says when it will take a while and why. */
export function ActionDialog({ device, ask, onClose }: ActionDialogProps) {
  const [isForced, setForced] = useState(false)
  const forceId = useId()
  const request = useAskAction(device.uuid)
  const { consequence, isDangerous, isLockable } = actionManners[ask.kind]
  const title = actionTitle(ask.kind, ask.serviceName)
  const delay = delayText(device)
  const confirm = () =>
    request.mutate(
      { ...ask, force: isForced },
      {
        onSuccess: () => {
          toast('ok', `${title}: asked of ${device.name}`)
          onClose()
        },
      },
    )
  return (
    <ConfirmDialog
      title={`${title}?`}
      confirmLabel={title}
      isDangerous={isDangerous}
      {...(ask.kind === 'purge' ? { typeToConfirm: device.name.trim() } : {})}
      isPending={request.isPending}
      error={request.error}
      onConfirm={confirm}
      onClose={onClose}
    >
      <p>{consequence}</p>
      {delay !== null && (
        <Status tone="unknown" className="items-start">
          <span className="whitespace-normal">{delay}</span>
        </Status>
      )}
      {isLockable && (
        <label htmlFor={forceId} className="flex items-start gap-2">
          <Checkbox
            id={forceId}
            className="mt-0.5"
            checked={isForced}
            onChange={(event) => setForced(event.currentTarget.checked)}
          />
          <span>
            Ignore update locks
            <span className="text-ink-muted block text-[13px]">
              A service can hold a lock while it must not be interrupted; without this the device waits for
              it.
            </span>
          </span>
        </label>
      )}
    </ConfirmDialog>
  )
}
