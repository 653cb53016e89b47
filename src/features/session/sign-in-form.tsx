import { zodResolver } from '@hookform/resolvers/zod'
import { useForm } from 'react-hook-form'
import { z } from 'zod'
import { Button } from '@/ui/button'
import { Field, TextInput } from '@/ui/field'
import { ProblemNote } from '@/ui/problem-note'
import { useSignIn } from './session.mutations'

const form = z.object({
  email: z.string().min(1, 'Type the e-mail address of your account'),
  password: z.string().min(1, 'Type your password'),
})

export function SignInForm({ onSignedIn }: { onSignedIn: () => void }) {
  const signIn = useSignIn()
  const { register, handleSubmit, formState } = useForm({
    resolver: zodResolver(form),
    defaultValues: { email: '', password: '' },
  })
  return (
    <form
      noValidate
      className="space-y-4"
      onSubmit={(event) =>
        void handleSubmit((values) => signIn.mutate(values, { onSuccess: onSignedIn }))(event)
      }
    >
      <Field label="E-mail" error={formState.errors.email?.message}>
        {(field) => <TextInput {...field} {...register('email')} type="email" autoComplete="username" />}
      </Field>
      <Field label="Password" error={formState.errors.password?.message}>
        {(field) => (
          <TextInput {...field} {...register('password')} type="password" autoComplete="current-password" />
        )}
      </Field>
      <ProblemNote error={signIn.error} />
      <Button type="submit" variant="primary" isPending={signIn.isPending} className="w-full">
        Sign in
      </Button>
    </form>
  )
}
