import { zodResolver } from '@hookform/resolvers/zod'
import { useForm } from 'react-hook-form'
import { z } from 'zod'
import { email, password, personName } from '#contract/session'
import { Button } from '@/ui/button'
import { Field, TextInput } from '@/ui/field'
import { ProblemNote } from '@/ui/problem-note'
import { useCompleteSetup } from './session.mutations'

const form = z.object({ name: personName, email, password })

/** Makes the first administrator with the token of the one-time link. */
export function SetupForm({ token, onDone }: { token: string; onDone: () => void }) {
  const setup = useCompleteSetup()
  const { register, handleSubmit, formState } = useForm({
    resolver: zodResolver(form),
    defaultValues: { name: '', email: '', password: '' },
  })
  const { errors } = formState
  return (
    <form
      noValidate
      className="space-y-4"
      onSubmit={(event) =>
        void handleSubmit((values) => setup.mutate({ ...values, token }, { onSuccess: onDone }))(event)
      }
    >
      <Field label="Your name" error={errors.name?.message}>
        {(field) => <TextInput {...field} {...register('name')} autoComplete="name" />}
      </Field>
      <Field label="E-mail" error={errors.email?.message}>
        {(field) => <TextInput {...field} {...register('email')} type="email" autoComplete="username" />}
      </Field>
      <Field label="Password" hint="At least 12 characters." error={errors.password?.message}>
        {(field) => (
          <TextInput {...field} {...register('password')} type="password" autoComplete="new-password" />
        )}
      </Field>
      <ProblemNote error={setup.error} />
      <Button type="submit" variant="primary" isPending={setup.isPending} className="w-full">
        Make the administrator
      </Button>
    </form>
  )
}
