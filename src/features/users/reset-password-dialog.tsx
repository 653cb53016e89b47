import { zodResolver } from '@hookform/resolvers/zod'
import { useForm } from 'react-hook-form'
import { z } from 'zod'
import { password, type User } from '#contract/session'
import { applyFieldErrors } from '@/lib/apply-field-errors'
import { Field, TextInput } from '@/ui/field'
import { FormDialog } from '@/ui/form-dialog'
import { toast } from '@/ui/toast.store'
import { useUpdateUser } from './users.mutations'

const form = z.object({ password })

/** Gives somebody another password. */
export function ResetPasswordDialog({ user, onClose }: { user: User; onClose: () => void }) {
  const update = useUpdateUser(user.id)
  const fields = useForm({ resolver: zodResolver(form), defaultValues: { password: '' } })
  const submit = fields.handleSubmit((values) =>
    update.mutate(values, {
      onSuccess: () => {
        toast('ok', `${user.name} has a new password`)
        onClose()
      },
      onError: (error) => applyFieldErrors(fields, error),
    }),
  )
  return (
    <FormDialog
      title={`New password for ${user.name}`}
      action="Set password"
      sending={update}
      onSubmit={submit}
      onClose={onClose}
    >
      <p>The old password stops working and all sessions of {user.email} end.</p>
      <Field
        label="New password"
        hint="At least 12 characters."
        error={fields.formState.errors.password?.message}
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
