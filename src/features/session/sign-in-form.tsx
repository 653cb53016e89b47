import { useForm } from 'react-hook-form'
import { Button } from '@/ui/button'
import { Field, TextInput } from '@/ui/field'
import { ProblemNote } from '@/ui/problem-note'
import { useSignIn } from './session.mutations'

/** What is seen before anything else of the app is known: two required fields need no schema. */
export function SignInForm({ onSignedIn }: { onSignedIn: () => void }) {
  const signIn = useSignIn()
  const { register, handleSubmit, formState } = useForm({ defaultValues: { email: '', password: '' } })
  return (
    <form
      noValidate
      className="space-y-4"
      onSubmit={(event) =>
        void handleSubmit((values) => signIn.mutate(values, { onSuccess: onSignedIn }))(event)
      }
    >
      <Field label="E-mail" error={formState.errors.email?.message}>
        {(field) => (
          <TextInput
            {...field}
            {...register('email', { required: 'Type the e-mail address of your account' })}
            type="email"
            autoComplete="username"
          />
        )}
      </Field>
      <Field label="Password" error={formState.errors.password?.message}>
        {(field) => (
          <TextInput
            {...field}
            {...register('password', { required: 'Type your password' })}
            type="password"
            autoComplete="current-password"
          />
        )}
      </Field>
      <ProblemNote error={signIn.error} />
      <Button type="submit" variant="primary" isPending={signIn.isPending} className="w-full">
        Sign in
      </Button>
    </form>
  )
}
