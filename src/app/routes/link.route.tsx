import { Link, useNavigate } from 'react-router'
import { AuthCard } from '@/features/session/auth-card'
import { useSignInByLink } from '@/features/session/session.mutations'
import { useHashToken } from '@/features/session/use-hash-token'
import { Button } from '@/ui/button'
import { ProblemNote } from '@/ui/problem-note'

/** A press is asked for, so that a mail scanner that only opens links cannot use one up. */
export function Component() {
  const navigate = useNavigate()
  const token = useHashToken()
  const signIn = useSignInByLink()
  return (
    <AuthCard
      title="Sign in by link"
      hint={
        token === null ? 'This link is not whole: everything after the # is missing.' : 'The link works once.'
      }
    >
      <div className="space-y-4">
        <ProblemNote error={signIn.error} />
        {token !== null && (
          <Button
            variant="primary"
            className="w-full"
            isPending={signIn.isPending}
            onClick={() =>
              signIn.mutate(token, { onSuccess: () => void navigate('/fleets', { replace: true }) })
            }
          >
            Sign in
          </Button>
        )}
        <p>
          <Link to="/sign-in" className="text-accent-ink underline">
            Sign in with a password
          </Link>
        </p>
      </div>
    </AuthCard>
  )
}
