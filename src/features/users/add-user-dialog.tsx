import { zodResolver } from '@hookform/resolvers/zod'
import { useController, useForm } from 'react-hook-form'
import { z } from 'zod'
import { access as accessSchema, email, password, personName } from '#contract/session'
import { AccessField } from '@/domain/access-field'
import { applyFieldErrors } from '@/lib/apply-field-errors'
import { Field, TextInput } from '@/ui/field'
import { FormDialog } from '@/ui/form-dialog'
import { toast } from '@/ui/toast.store'
import { useCreateUser } from './users.mutations'

const form = z.object({ name: personName, email, access: accessSchema, password })
const empty: z.output<typeof form> = {
  name: '',
  email: '',
  access: { everywhere: 'viewer', fleets: [] },
  password: '',
}

export function AddUserDialog({ onClose }: { onClose: () => void }) {
  const create = useCreateUser()
  const fields = useForm({ resolver: zodResolver(form), defaultValues: empty })
  const { errors } = fields.formState
  const access = useController({ control: fields.control, name: 'access' })
  const submit = fields.handleSubmit((values) =>
    create.mutate(values, {
      onSuccess: (user) => {
        toast('ok', `${user.name} can sign in now`)
        onClose()
      },
      onError: (error) => applyFieldErrors(fields, error),
    }),
  )
  return (
    <FormDialog title="Add a person" action="Add" sending={create} onSubmit={submit} onClose={onClose}>
      <Field label="Name" error={errors.name?.message}>
        {(field) => <TextInput {...field} {...fields.register('name')} autoComplete="off" />}
      </Field>
      <Field label="E-mail" hint="They sign in with it." error={errors.email?.message}>
        {(field) => <TextInput {...field} {...fields.register('email')} type="email" autoComplete="off" />}
      </Field>
      <AccessField
        {...access}
        noneHint="Without a role of their own they may do only what their groups may."
      />
      <Field
        label="First password"
        hint="At least 12 characters. Or make any, and give them a one-time sign-in link afterwards."
        error={errors.password?.message}
      >
        {(field) => (
          <TextInput
            {...field}
            {...fields.register('password')}
            type="password"
            autoComplete="new-password"
          />
        )}
      </Field>
    </FormDialog>
  )
}
