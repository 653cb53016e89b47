import { useEffect, useState } from 'react'
import { useForm } from 'react-hook-form'
import { Button } from '@/ui/button'
import { Field, TextInput } from '@/ui/field'
import { ProblemNote } from '@/ui/problem-note'
import { CodeField } from './code-field'
import { isCodeNeeded, isCodeStep } from './code-step'
import { useSignIn } from './session.mutations'

/**
 * What is seen before anything else of the app is known: few required fields need no schema. An account that asks for a code
 * is asked for it in a second step.
 */
export function SignInForm({ onSignedIn }: { onSignedIn: () => void }) {
  const signIn = useSignIn()
  const [isSecond, setSecond] = useState(false)
  const { register, handleSubmit, formState, setFocus, resetField } = useForm({
    defaultValues: { email: '', password: '', code: '' },
  })
  const { errors } = formState
  useEffect(() => {
    if (isSecond) setFocus('code')
  }, [isSecond, setFocus])
  const submit = handleSubmit(({ code, ...first }) =>
    signIn.mutate(isSecond ? { ...first, code } : first, {
      onSuccess: onSignedIn,
      // Where the password is wrong by now, it is to be typed again.
      onError: (error) => setSecond(isCodeStep(error)),
    }),
  )
  const goBack = () => {
    signIn.reset()
    resetField('code')
    setSecond(false)
  }
  return (
    <form noValidate className="space-y-4" onSubmit={(event) => void submit(event)}>
      {isSecond ? (
        <CodeField error={errors.code?.message} {...register('code', { required: 'Type a code' })} />
      ) : (
        <>
          <Field label="E-mail" error={errors.email?.message}>
            {(field) => (
              <TextInput
                {...field}
                {...register('email', { required: 'Type the e-mail address of your account' })}
                type="email"
                autoComplete="username"
              />
            )}
          </Field>
          <Field label="Password" error={errors.password?.message}>
            {(field) => (
              <TextInput
                {...field}
                {...register('password', { required: 'Type your password' })}
                type="password"
                autoComplete="current-password"
              />
            )}
          </Field>
        </>
      )}
      <ProblemNote error={isCodeNeeded(signIn.error) ? null : signIn.error} />
      <Button type="submit" variant="primary" isPending={signIn.isPending} className="w-full">
        Sign in
      </Button>
      {isSecond && (
        <Button variant="ghost" className="w-full" onClick={goBack}>
          Back
        </Button>
      )}
    </form>
  )
}
