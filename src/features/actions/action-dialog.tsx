import { useId, useState } from 'react'
import type { DeviceDetail } from '#contract/device'
import { DEFAULT_ACTION_EXPIRY } from '#contract/device-action'
import { DEFAULT_OVERRIDE, ExpiryField, OverrideField, ReasonField } from '@/domain/action-fields'
import { Checkbox } from '@/ui/checkbox'
import { ConfirmDialog } from '@/ui/confirm-dialog'
import { Status } from '@/ui/status'
import { toast } from '@/ui/toast.store'
import { actionManners, consequenceOf, actionTitle, delayText } from './action-words'
import { useAskAction, type ActionAsk } from './actions.queries'

type ActionDialogProps = {
  device: Pick<
    DeviceDetail,
    'uuid' | 'name' | 'connectivity' | 'hasActionChannel' | 'actionChannelAt' | 'isAskedBySource'
  >
  ask: Pick<ActionAsk, 'kind' | 'serviceName'>
  onClose: () => void
}

/** Asks before a device does something, by consequence; says when it will take a while and why. */
export function ActionDialog({ device, ask, onClose }: ActionDialogProps) {
  const [isForced, setForced] = useState(false)
  const [reason, setReason] = useState('')
  const [expiresInMinutes, setExpiry] = useState<number>(DEFAULT_ACTION_EXPIRY)
  const [overrideMinutes, setOverride] = useState(DEFAULT_OVERRIDE)
  const forceId = useId()
  const request = useAskAction(device.uuid)
  const { isDangerous, isLockable } = actionManners[ask.kind]
  const title = actionTitle(ask.kind, ask.serviceName)
  const delay = delayText(ask.kind, device)
  const confirm = () =>
    request.mutate(
      {
        ...ask,
        force: isForced,
        reason: reason.trim(),
        expiresInMinutes,
        ...(ask.kind === 'override-lock' ? { overrideMinutes } : {}),
      },
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
      <p className="font-medium break-words">{device.name}</p>
      <p>{consequenceOf(ask.kind, device)}</p>
      {delay !== null && (
        <Status tone="unknown" className="items-start">
          <span className="whitespace-normal">{delay}</span>
        </Status>
      )}
      {ask.kind === 'override-lock' && <OverrideField value={overrideMinutes} onChange={setOverride} />}
      {delay !== null && <ExpiryField value={expiresInMinutes} onChange={setExpiry} />}
      <ReasonField value={reason} onChange={setReason} />
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
