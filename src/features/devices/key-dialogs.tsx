import { useState, type ReactNode } from 'react'
import type { DeviceDetail } from '#contract/device'
import { ReasonField } from '@/domain/action-fields'
import { ConfirmDialog } from '@/ui/confirm-dialog'
import { Field, Select } from '@/ui/field'
import { toast } from '@/ui/toast.store'
import { useChangeDeviceKey } from './devices.mutations'

export type KeyChange = 'revoke' | 'allow-return' | 'forbid-return'

type Words = { title: string; confirm: string; done: string; isDangerous: boolean }

const wordsOf = (change: KeyChange, name: string): Words =>
  ({
    revoke: {
      title: `Revoke the key of ${name}?`,
      confirm: 'Revoke key',
      done: `The key of ${name} is revoked`,
      isDangerous: true,
    },
    'allow-return': {
      title: `Let ${name} come back?`,
      confirm: 'Let it come back',
      done: `${name} may come back with another key`,
      isDangerous: false,
    },
    'forbid-return': {
      title: `No longer let ${name} come back?`,
      confirm: 'Do not let it come back',
      done: `${name} may not come back`,
      isDangerous: false,
    },
  })[change]

const consequences: Record<KeyChange, ReactNode> = {
  revoke: (
    <>
      <p>
        The device is locked out at once: it gets no target, its reports and lines are refused, and its
        sockets are closed. What runs on it goes on running.
      </p>
      <p>
        This key never works again. The device comes back only when you let it and somebody gives it a
        provisioning key of its fleet, at the device.
      </p>
    </>
  ),
  'allow-return': (
    <p>
      Whoever holds a valid provisioning key of its fleet may then give this device another key, once. The
      revoked one stays revoked.
    </p>
  ),
  'forbid-return': <p>It stays locked out, whatever provisioning key it brings.</p>,
}

const lengths = [
  { hours: 1, label: 'An hour' },
  { hours: 24, label: 'A day' },
  { hours: 168, label: 'A week' },
] as const

type KeyChangeDialogProps = { device: DeviceDetail; change: KeyChange; onClose: () => void }

/** Asks before a device is locked out by its key or let back in, and why. */
export function KeyChangeDialog({ device, change, onClose }: KeyChangeDialogProps) {
  const [reason, setReason] = useState('')
  const [hours, setHours] = useState(24)
  const write = useChangeDeviceKey(device.uuid)
  const words = wordsOf(change, device.name)
  const confirm = () =>
    write.mutate(change === 'allow-return' ? { change, reason, hours } : { change, reason }, {
      onSuccess: () => {
        toast('ok', words.done)
        onClose()
      },
    })
  return (
    <ConfirmDialog
      title={words.title}
      confirmLabel={words.confirm}
      isDangerous={words.isDangerous}
      {...(change === 'revoke' ? { typeToConfirm: device.name.trim() } : {})}
      isPending={write.isPending}
      isBlocked={reason.trim() === ''}
      error={write.error}
      onConfirm={confirm}
      onClose={onClose}
    >
      {consequences[change]}
      {change === 'allow-return' && (
        <Field label="For" hint="After that it is locked out again, unless it has come back.">
          {(field) => (
            <Select {...field} value={hours} onChange={(event) => setHours(Number(event.target.value))}>
              {lengths.map((length) => (
                <option key={length.hours} value={length.hours}>
                  {length.label}
                </option>
              ))}
            </Select>
          )}
        </Field>
      )}
      <ReasonField value={reason} onChange={setReason} isNeeded />
    </ConfirmDialog>
  )
}
