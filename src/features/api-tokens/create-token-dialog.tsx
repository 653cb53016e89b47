import { zodResolver } from '@hookform/resolvers/zod'
import { useController, useForm } from 'react-hook-form'
import { z } from 'zod'
import { access as accessSchema, personName } from '#contract/session'
import { AccessField } from '@/domain/access-field'
import { applyFieldErrors } from '@/lib/apply-field-errors'
import { Button } from '@/ui/button'
import { Dialog } from '@/ui/dialog'
import { Field, Select, TextInput } from '@/ui/field'
import { FormDialog } from '@/ui/form-dialog'
import { SecretBox } from '@/ui/secret-box'
import { useCreateApiToken } from './api-tokens.mutations'

const DAY_MS = 86_400_000
const lifetimes = {
  '7': '7 days',
  '30': '30 days',
  '90': '90 days',
  '365': 'A year',
  never: 'Never',
} as const
const lifetime = z.enum(['7', '30', '90', '365', 'never'])
const form = z.object({
  name: personName,
  access: accessSchema.refine(({ everywhere, fleets }) => everywhere !== null || fleets.length > 0, {
    message: 'must be a role at least in one fleet',
  }),
  lifetime,
})
const empty: z.output<typeof form> = {
  name: '',
  access: { everywhere: 'release-manager', fleets: [] },
  lifetime: '90',
}

const expiryOf = (chosen: z.output<typeof lifetime>) =>
  chosen === 'never' ? null : new Date(Date.now() + Number(chosen) * DAY_MS).toISOString()

/** Makes a token; its secret is shown once, in the same dialog. */
export function CreateTokenDialog({ onClose }: { onClose: () => void }) {
  const create = useCreateApiToken()
  const fields = useForm({ resolver: zodResolver(form), defaultValues: empty })
  const { errors } = fields.formState
  const access = useController({ control: fields.control, name: 'access' })
  const submit = fields.handleSubmit((values) =>
    create.mutate(
      { name: values.name, access: values.access, expiresAt: expiryOf(values.lifetime) },
      { onError: (error) => applyFieldErrors(fields, error) },
    ),
  )
  if (create.data) return <Made secret={create.data.secret} name={create.data.name} onClose={onClose} />
  return (
    <FormDialog
      title="New API token"
      action="Make the token"
      sending={create}
      onSubmit={submit}
      onClose={onClose}
    >
      <Field label="Name" hint="What it is for, such as the job that uses it." error={errors.name?.message}>
        {(field) => <TextInput {...field} {...fields.register('name')} autoComplete="off" />}
      </Field>
      <AccessField
        {...access}
        noneHint="Choose at least one fleet: a token without a role is refused everywhere."
      />
      <Field label="Stops working after" error={errors.lifetime?.message}>
        {(field) => (
          <Select {...field} {...fields.register('lifetime')}>
            {lifetime.options.map((option) => (
              <option key={option} value={option}>
                {lifetimes[option]}
              </option>
            ))}
          </Select>
        )}
      </Field>
    </FormDialog>
  )
}

function Made({ secret, name, onClose }: { secret: string; name: string; onClose: () => void }) {
  return (
    <Dialog
      title={`Token “${name}” is made`}
      onClose={onClose}
      footer={
        <Button variant="primary" onClick={onClose}>
          I have copied it
        </Button>
      }
    >
      <div className="space-y-4">
        <SecretBox label="Secret" secret={secret}>
          It is shown only now: Wheelhouse keeps no more than its hash. Put it where your scripts keep
          secrets.
        </SecretBox>
        <TokenExample />
      </div>
    </Dialog>
  )
}

/** How a token is used, without a secret in it. */
export function TokenExample() {
  const command = `curl -H "Authorization: Bearer $WHEELHOUSE_TOKEN" ${location.origin}/api/v1/fleets`
  return (
    <div>
      <p className="text-ink-soft mb-1 text-[13px] font-medium">With the secret in WHEELHOUSE_TOKEN</p>
      <pre className="border-line bg-panel overflow-x-auto rounded-md border px-3 py-2 font-mono text-[12.5px] wrap-anywhere whitespace-pre-wrap">
        {command}
      </pre>
    </div>
  )
}
