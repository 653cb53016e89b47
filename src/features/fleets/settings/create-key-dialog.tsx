import { zodResolver } from '@hookform/resolvers/zod'
import { useQuery } from '@tanstack/react-query'
import { useState } from 'react'
import { useForm } from 'react-hook-form'
import { z } from 'zod'
import type { FleetSummary, ProvisioningKey } from '#contract/fleet'
import { Button, buttonClass } from '@/ui/button'
import { CopyButton } from '@/ui/copy-button'
import { Dialog } from '@/ui/dialog'
import { Field, Select, TextInput } from '@/ui/field'
import { ProblemNote } from '@/ui/problem-note'
import { useCreateProvisioningKey } from '../fleets.mutations'
import { fleetQueries } from '../fleets.queries'
import { deviceConfig } from './device-config'

const DAY_MS = 86_400_000
const lifetimes = [
  { days: '1', label: 'After a day' },
  { days: '30', label: 'After 30 days' },
  { days: '365', label: 'After a year' },
  { days: '', label: 'Never' },
] as const

const graces = [
  { hours: '0', label: 'At once' },
  { hours: '1', label: 'In an hour' },
  { hours: '24', label: 'In a day' },
  { hours: '168', label: 'In a week' },
  { hours: '720', label: 'In 30 days' },
] as const

const form = z.object({
  name: z.string().trim().min(1, 'Give it a name, such as where it will be used').max(100),
  days: z.enum(['', '1', '30', '365']),
  graceHours: z.enum(['0', '1', '24', '168', '720']),
  reason: z.string().trim().max(500),
})

const expiryOf = (days: string) =>
  days === '' ? null : new Date(Date.now() + Number(days) * DAY_MS).toISOString()

/** The secret, shown this once, and the configuration a new device needs. */
function CreatedKey({ fleet, secret }: { fleet: FleetSummary; secret: string }) {
  const types = useQuery(fleetQueries.deviceTypes())
  const [deviceType, setDeviceType] = useState(fleet.deviceType.slug)
  const config = deviceConfig({ apiEndpoint: location.origin, fleetId: fleet.id, apiKey: secret, deviceType })
  const all = types.data?.deviceTypes ?? [fleet.deviceType]
  return (
    <div className="space-y-4">
      <p className="bg-attention-soft text-attention rounded-md px-3 py-2 text-[13px]">
        The secret is shown this once: only its hash is kept. Copy it before you close this.
      </p>
      <div>
        <p className="text-ink-soft text-[13px] font-medium">Secret</p>
        <div className="flex items-center gap-1">
          <code data-testid="secret" className="min-w-0 font-mono text-[13px] break-all">
            {secret}
          </code>
          <CopyButton text={secret} label="Copy the secret" />
        </div>
      </div>
      <Field label="Device type">
        {(field) => (
          <Select {...field} value={deviceType} onChange={(event) => setDeviceType(event.target.value)}>
            {all.map((type) => (
              <option key={type.slug} value={type.slug}>
                {type.name}
              </option>
            ))}
          </Select>
        )}
      </Field>
      <div>
        <div className="flex items-center justify-between gap-2">
          <p className="text-ink-soft text-[13px] font-medium">config.json on the boot partition</p>
          <CopyButton text={config} label="Copy the configuration" />
        </div>
        <pre className="bg-sunken rounded-md p-3 font-mono text-[13px] wrap-anywhere whitespace-pre-wrap">
          {config}
        </pre>
        <p className="text-ink-muted mt-1 text-[13px]">
          The device must reach this address; behind another name or port, change apiEndpoint.
        </p>
        <a
          className={`${buttonClass('secondary', 'sm')} mt-2`}
          download="config.json"
          href={`data:application/json;charset=utf-8,${encodeURIComponent(config)}`}
        >
          Download config.json
        </a>
      </div>
    </div>
  )
}

type CreateKeyDialogProps = {
  fleet: FleetSummary
  /** The key whose place the new one takes. */
  replaces?: ProvisioningKey
  onClose: () => void
}

/** Makes a provisioning key, also in the place of another one, then shows its secret once. */
export function CreateKeyDialog({ fleet, replaces, onClose }: CreateKeyDialogProps) {
  const create = useCreateProvisioningKey(fleet.id)
  const { register, handleSubmit, formState } = useForm({
    resolver: zodResolver(form),
    defaultValues: { name: replaces?.name ?? '', days: '' as const, graceHours: '24' as const, reason: '' },
  })
  const submit = handleSubmit(({ name, days, graceHours, reason }) =>
    create.mutate({
      name,
      expiresAt: expiryOf(days),
      ...(replaces ? { reason, replaces: { keyId: replaces.id, inHours: Number(graceHours) } } : {}),
    }),
  )
  if (create.data)
    return (
      <Dialog
        title={`Key ${create.data.name}`}
        onClose={onClose}
        footer={
          <Button variant="primary" onClick={onClose}>
            Done, I copied it
          </Button>
        }
      >
        <CreatedKey fleet={fleet} secret={create.data.secret} />
      </Dialog>
    )
  return (
    <Dialog
      title={replaces ? `Rotate ${replaces.name}` : 'New provisioning key'}
      onClose={onClose}
      footer={
        <>
          <Button onClick={onClose}>Cancel</Button>
          <Button variant="primary" isPending={create.isPending} onClick={() => void submit()}>
            {replaces ? 'Rotate key' : 'Create key'}
          </Button>
        </>
      }
    >
      <form noValidate className="space-y-4" onSubmit={(event) => void submit(event)}>
        <Field
          label="Name"
          hint="So that you know later what to revoke."
          error={formState.errors.name?.message}
        >
          {(field) => <TextInput {...field} {...register('name')} autoComplete="off" />}
        </Field>
        <Field label="Expires" hint="Devices that joined before stay.">
          {(field) => (
            <Select {...field} {...register('days')}>
              {lifetimes.map((lifetime) => (
                <option key={lifetime.days} value={lifetime.days}>
                  {lifetime.label}
                </option>
              ))}
            </Select>
          )}
        </Field>
        {replaces && (
          <>
            <Field
              label={`${replaces.name}, the old key, ends`}
              hint="Until then devices that were set up with it can still join."
            >
              {(field) => (
                <Select {...field} {...register('graceHours')}>
                  {graces.map((grace) => (
                    <option key={grace.hours} value={grace.hours}>
                      {grace.label}
                    </option>
                  ))}
                </Select>
              )}
            </Field>
            <Field label="Why (optional)" hint="Kept in the audit log.">
              {(field) => <TextInput {...field} {...register('reason')} maxLength={500} autoComplete="off" />}
            </Field>
          </>
        )}
        <ProblemNote error={create.error} />
        <button type="submit" hidden />
      </form>
    </Dialog>
  )
}
