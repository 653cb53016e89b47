import { Link, useNavigate } from 'react-router'
import { AuthCard } from '@/features/session/auth-card'
import { LinkForm } from '@/features/session/link-form'
import { useHashToken } from '@/features/session/use-hash-token'

export function Component() {
  const navigate = useNavigate()
  const token = useHashToken()
  return (
    <AuthCard
      title="Sign in by link"
      hint={
        token === null ? 'This link is not whole: everything after the # is missing.' : 'The link works once.'
      }
    >
      <div className="space-y-4">
        {token !== null && (
          <LinkForm token={token} onSignedIn={() => void navigate('/fleets', { replace: true })} />
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
