import { useState } from 'react'
import { Navigate, useNavigate, useSearchParams } from 'react-router'
import { safePath } from '#contract/safe-path'
import { AuthCard } from '@/features/session/auth-card'
import { useSignOut } from '@/features/session/session.mutations'
import { SwitchOnDialog } from '@/features/session/totp-dialogs'
import { useMe } from '@/features/session/use-me'
import { Button } from '@/ui/button'
import { ProblemNote } from '@/ui/problem-note'
import { Toaster } from '@/ui/toaster'

/** Where everybody signs in with a second step: the way to have one, before anything else may be seen. */
export function Component() {
  const [params] = useSearchParams()
  const navigate = useNavigate()
  const me = useMe()
  const signOut = useSignOut()
  const [isAsking, setAsking] = useState(false)
  const next = safePath(params.get('next'), location.origin)
  if (!me) return <Navigate to={`/sign-in?next=${encodeURIComponent(next)}`} replace />
  // The recovery codes are still to be read when rights are there already.
  if (!me.needsSecondStep && !isAsking) return <Navigate to={next} replace />
  return (
    <AuthCard
      title="Add a second step"
      hint="Here everybody signs in with a code of an authenticator app besides the password. Yours is not set up yet."
    >
      <div className="space-y-3">
        <p>
          Signed in as <bdi className="font-medium">{me.user.name}</bdi>, {me.user.email}.
        </p>
        <Button variant="primary" className="w-full" onClick={() => setAsking(true)}>
          Set it up
        </Button>
        <Button
          variant="ghost"
          className="w-full"
          isPending={signOut.isPending}
          onClick={() => signOut.mutate(undefined, { onSuccess: () => void navigate('/sign-in') })}
        >
          Sign out
        </Button>
        <ProblemNote error={signOut.error} />
      </div>
      <Toaster />
      {isAsking && <SwitchOnDialog onClose={() => setAsking(false)} />}
    </AuthCard>
  )
}
