import { useEffect, useRef, useState } from 'react'
import { Button } from '@/ui/button'
import { ProblemNote } from '@/ui/problem-note'
import { CodeField } from './code-field'
import { isCodeNeeded, isCodeStep } from './code-step'
import { useSignInByLink } from './session.mutations'

/** A press is asked for, so that a mail scanner that only opens links cannot use one up; and a code where the account does. */
export function LinkForm({ token, onSignedIn }: { token: string; onSignedIn: () => void }) {
  const signIn = useSignInByLink()
  const [code, setCode] = useState('')
  const asksForCode = isCodeStep(signIn.error) || code !== ''
  const field = useRef<HTMLInputElement>(null)
  useEffect(() => {
    if (asksForCode) field.current?.focus()
  }, [asksForCode])
  return (
    <form
      noValidate
      className="space-y-4"
      onSubmit={(event) => {
        event.preventDefault()
        signIn.mutate({ token, ...(code === '' ? {} : { code }) }, { onSuccess: onSignedIn })
      }}
    >
      {asksForCode && (
        <CodeField
          ref={field}
          error={undefined}
          value={code}
          onChange={(event) => setCode(event.target.value)}
        />
      )}
      <ProblemNote error={isCodeNeeded(signIn.error) ? null : signIn.error} />
      <Button type="submit" variant="primary" className="w-full" isPending={signIn.isPending}>
        Sign in
      </Button>
    </form>
  )
}
