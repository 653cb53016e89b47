import { zodResolver } from '@hookform/resolvers/zod'
import { useForm } from 'react-hook-form'
import { z } from 'zod'
import { password } from '#contract/session'
import { applyFieldErrors } from '@/lib/apply-field-errors'
import { Button } from '@/ui/button'
import { Field, TextInput } from '@/ui/field'
import { ProblemNote } from '@/ui/problem-note'
import { toast } from '@/ui/toast.store'
import { useChangePassword } from './session.mutations'

const form = z
  .object({ current: z.string().min(1, 'Type your present password'), next: password, again: z.string() })
  .refine(({ next, again }) => next === again, {
    path: ['again'],
    message: 'is not the same as the new password',
  })

/** Changes the own password; the server ends the other sessions. */
export function ChangePasswordForm({ email }: { email: string }) {
  const change = useChangePassword()
  const fields = useForm({
    resolver: zodResolver(form),
    defaultValues: { current: '', next: '', again: '' },
  })
  const { errors } = fields.formState
  const submit = fields.handleSubmit(({ current, next }) =>
    change.mutate(
      { current, next },
      {
        onSuccess: () => {
          fields.reset()
          toast('ok', 'Password changed. Your other sessions have ended.')
        },
        onError: (error) => applyFieldErrors(fields, error),
      },
    ),
  )
  return (
    <form noValidate className="max-w-sm space-y-4" onSubmit={(event) => void submit(event)}>
      {/* Password managers want to know whose password it is. */}
      <input type="text" autoComplete="username" value={email} readOnly hidden />
      <Field label="Present password" error={errors.current?.message}>
        {(field) => (
          <TextInput
            {...field}
            {...fields.register('current')}
            type="password"
            autoComplete="current-password"
          />
        )}
      </Field>
      <Field label="New password" hint="At least 12 characters." error={errors.next?.message}>
        {(field) => (
          <TextInput {...field} {...fields.register('next')} type="password" autoComplete="new-password" />
        )}
      </Field>
      <Field label="New password again" error={errors.again?.message}>
        {(field) => (
          <TextInput {...field} {...fields.register('again')} type="password" autoComplete="new-password" />
        )}
      </Field>
      <ProblemNote error={change.error} />
      <Button type="submit" variant="primary" isPending={change.isPending}>
        Change password
      </Button>
    </form>
  )
}
