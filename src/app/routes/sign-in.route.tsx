import { useQuery } from '@tanstack/react-query'
import { Navigate, useNavigate, useSearchParams } from 'react-router'
import { safePath } from '#contract/safe-path'
import { AuthCard } from '@/features/session/auth-card'
import { sessionQueries } from '@/features/session/session.queries'
import { SignInWays } from '@/features/session/sign-in-ways'
import { useMe } from '@/features/session/use-me'

export function Component() {
  const [params] = useSearchParams()
  const navigate = useNavigate()
  const me = useMe()
  const setup = useQuery(sessionQueries.setup())
  const next = safePath(params.get('next'), location.origin)
  if (me) return <Navigate to={next} replace />
  return (
    <AuthCard
      title="Sign in"
      hint={
        setup.data?.isNeeded === true
          ? 'There is no administrator yet. Open the one-time link that the gateway printed in its terminal to make the first one.'
          : undefined
      }
    >
      <SignInWays
        next={next}
        problem={params.get('problem')}
        onSignedIn={() => void navigate(next, { replace: true })}
      />
    </AuthCard>
  )
}
