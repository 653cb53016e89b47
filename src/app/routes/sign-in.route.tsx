import { useQuery } from '@tanstack/react-query'
import { Navigate, useNavigate, useSearchParams } from 'react-router'
import { AuthCard } from '@/features/session/auth-card'
import { sessionQueries } from '@/features/session/session.queries'
import { SignInForm } from '@/features/session/sign-in-form'
import { useMe } from '@/features/session/use-me'

/** Only a path of this app may be returned to. */
const safeNext = (next: string | null) => (next !== null && /^\/(?![/\\])/.test(next) ? next : '/fleets')

export function Component() {
  const [params] = useSearchParams()
  const navigate = useNavigate()
  const me = useMe()
  const setup = useQuery(sessionQueries.setup())
  const next = safeNext(params.get('next'))
  if (me) return <Navigate to={next} replace />
  return (
    <AuthCard
      title="Sign in"
      hint={
        setup.data?.isNeeded === true
          ? 'No account exists yet. Open the one-time link that the gateway printed in its terminal to make the first administrator.'
          : undefined
      }
    >
      <SignInForm onSignedIn={() => void navigate(next, { replace: true })} />
    </AuthCard>
  )
}
