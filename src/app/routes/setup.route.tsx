import { Link, useNavigate } from 'react-router'
import { AuthCard } from '@/features/session/auth-card'
import { useHashToken } from '@/features/session/use-hash-token'
import { SetupForm } from '@/features/session/setup-form'

export function Component() {
  const navigate = useNavigate()
  const token = useHashToken()
  if (token === null)
    return (
      <AuthCard
        title="This link is not whole"
        hint="Copy the whole one-time link that the gateway printed in its terminal, with everything after the #."
      >
        <Link to="/sign-in" className="text-accent-ink underline">
          Sign in instead
        </Link>
      </AuthCard>
    )
  return (
    <AuthCard title="First administrator" hint="This account may do everything, and may add others.">
      <SetupForm token={token} onDone={() => void navigate('/fleets', { replace: true })} />
    </AuthCard>
  )
}
