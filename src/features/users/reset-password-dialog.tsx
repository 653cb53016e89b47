import { zodResolver } from '@hookform/resolvers/zod'
import { useForm } from 'react-hook-form'
import { z } from 'zod'
import { password, type User } from '#contract/session'
import { applyFieldErrors } from '@/lib/apply-field-errors'
import { Button } from '@/ui/button'
import { Dialog } from '@/ui/dialog'
import { Field, TextInput } from '@/ui/field'
import { ProblemNote } from '@/ui/problem-note'
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
    <Dialog
      title={`New password for ${user.name}`}
      onClose={onClose}
      footer={
        <>
          <Button onClick={onClose}>Cancel</Button>
          <Button variant="primary" isPending={update.isPending} onClick={() => void submit()}>
            Set password
          </Button>
        </>
      }
    >
      <form noValidate className="space-y-4" onSubmit={(event) => void submit(event)}>
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
        <ProblemNote error={update.error} />
        <button type="submit" hidden />
      </form>
    </Dialog>
  )
}
