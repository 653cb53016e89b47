import { zodResolver } from '@hookform/resolvers/zod'
import { useForm, useWatch } from 'react-hook-form'
import { z } from 'zod'
import { personName, role, type User } from '#contract/session'
import { RoleField } from '@/domain/role-field'
import { applyFieldErrors } from '@/lib/apply-field-errors'
import { Button } from '@/ui/button'
import { Dialog } from '@/ui/dialog'
import { Field, TextInput } from '@/ui/field'
import { ProblemNote } from '@/ui/problem-note'
import { toast } from '@/ui/toast.store'
import { useUpdateUser } from './users.mutations'

const form = z.object({ name: personName, role })

/** Name and role of an account. */
export function ChangeUserDialog({ user, onClose }: { user: User; onClose: () => void }) {
  const update = useUpdateUser(user.id)
  const fields = useForm({ resolver: zodResolver(form), defaultValues: { name: user.name, role: user.role } })
  const { errors } = fields.formState
  const chosenRole = useWatch({ control: fields.control, name: 'role' })
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
    <Dialog
      title={`Change ${user.email}`}
      onClose={onClose}
      footer={
        <>
          <Button onClick={onClose}>Cancel</Button>
          <Button variant="primary" isPending={update.isPending} onClick={() => void submit()}>
            Save
          </Button>
        </>
      }
    >
      <form noValidate className="space-y-4" onSubmit={(event) => void submit(event)}>
        <Field label="Name" error={errors.name?.message}>
          {(field) => <TextInput {...field} {...fields.register('name')} autoComplete="off" />}
        </Field>
        <RoleField {...fields.register('role')} value={chosenRole} error={errors.role?.message} />
        {chosenRole !== user.role && (
          <p className="text-ink-muted text-[13px]">Another role ends their sessions; they sign in again.</p>
        )}
        <ProblemNote error={update.error} />
        <button type="submit" hidden />
      </form>
    </Dialog>
  )
}
