import { zodResolver } from '@hookform/resolvers/zod'
import { useController, useForm } from 'react-hook-form'
import { z } from 'zod'
import { access as accessSchema, personName, type User } from '#contract/session'
import { AccessField } from '@/domain/access-field'
import { applyFieldErrors } from '@/lib/apply-field-errors'
import { Field, TextInput } from '@/ui/field'
import { FormDialog } from '@/ui/form-dialog'
import { toast } from '@/ui/toast.store'
import { useUpdateUser } from './users.mutations'

const form = z.object({ name: personName, access: accessSchema })

/** Name and rights of an account. */
export function ChangeUserDialog({ user, onClose }: { user: User; onClose: () => void }) {
  const update = useUpdateUser(user.id)
  const fields = useForm({
    resolver: zodResolver(form),
    defaultValues: { name: user.name, access: user.access },
  })
  const { errors } = fields.formState
  const access = useController({ control: fields.control, name: 'access' })
  const submit = fields.handleSubmit((values) =>
    update.mutate(values, {
      onSuccess: () => {
        toast('ok', `The account of ${values.name} is changed`)
        onClose()
      },
      onError: (error) => applyFieldErrors(fields, error),
    }),
  )
  return (
    <FormDialog
      title={`Change ${user.email}`}
      action="Save"
      sending={update}
      onSubmit={submit}
      onClose={onClose}
    >
      <Field label="Name" error={errors.name?.message}>
        {(field) => <TextInput {...field} {...fields.register('name')} autoComplete="off" />}
      </Field>
      <AccessField
        {...access}
        noneHint="Without a role of their own they may do only what their groups may."
      />
      <p className="text-ink-muted text-[13px]">What changes here counts at once, on their open pages too.</p>
    </FormDialog>
  )
}
