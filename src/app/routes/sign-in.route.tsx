import { useQuery } from '@tanstack/react-query'
import { Navigate, useNavigate, useSearchParams } from 'react-router'
import { AuthCard } from '@/features/session/auth-card'
import { sessionQueries } from '@/features/session/session.queries'
import { SignInForm } from '@/features/session/sign-in-form'
import { useMe } from '@/features/session/use-me'

const HOME = '/fleets'

/** Only a path of this app may be returned to, as the browser understands it and not as it looks. */
function safeNext(next: string | null): string {
  if (next === null || !next.startsWith('/') || !URL.canParse(next, location.origin)) return HOME
  const { origin, pathname, search, hash } = new URL(next, location.origin)
  // A second slash would make the path another site's once more.
  return origin === location.origin && !pathname.startsWith('//') ? pathname + search + hash : HOME
}

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
