import { Pencil } from 'lucide-react'
import { useState } from 'react'
import type { DeviceDetail } from '#contract/device'
import { ApiError } from '@/lib/api'
import { Button } from '@/ui/button'
import { TextInput } from '@/ui/field'
import { IconButton } from '@/ui/icon-button'
import { toast } from '@/ui/toast.store'
import { useUpdateDevice } from './devices.mutations'

export function RenameButton({ onStart }: { onStart: () => void }) {
  return (
    <IconButton
      label="Rename the device"
      icon={<Pencil />}
      className="-ml-2 size-8 [&_svg]:size-4"
      onClick={onStart}
    />
  )
}

const refusal = (error: Error): string =>
  (error instanceof ApiError ? error.fields.find(({ field }) => field === 'name')?.reason : undefined) ??
  error.message

/** The name as a field, in the place of the heading. Escape leaves it as it was. */
export function RenameForm({ device, onDone }: { device: DeviceDetail; onDone: () => void }) {
  const [name, setName] = useState(device.name)
  const update = useUpdateDevice(device.uuid)
  const save = () => {
    if (name.trim() === device.name) {
      onDone()
      return
    }
    update.mutate(
      { name: name.trim() },
      {
        onSuccess: () => {
          toast('ok', `Renamed to ${name.trim()}`)
          onDone()
        },
      },
    )
  }
  return (
    <form
      className="w-full max-w-xl"
      onSubmit={(event) => {
        event.preventDefault()
        save()
      }}
    >
      <div className="flex items-center gap-2">
        <TextInput
          // It takes the place of what was just clicked.
          // eslint-disable-next-line jsx-a11y/no-autofocus
          autoFocus
          aria-label="Name of the device"
          aria-invalid={update.isError}
          aria-describedby={update.isError ? 'rename-error' : undefined}
          maxLength={255}
          value={name}
          onChange={(event) => setName(event.target.value)}
          onKeyDown={(event) => {
            if (event.key === 'Escape') onDone()
          }}
        />
        <Button type="submit" variant="primary" isPending={update.isPending} disabled={name.trim() === ''}>
          Rename
        </Button>
        <Button onClick={onDone}>Cancel</Button>
      </div>
      {update.isError && (
        <p id="rename-error" role="alert" className="text-critical mt-1 text-[13px]">
          The name was not changed: {refusal(update.error)}
        </p>
      )}
    </form>
  )
}
