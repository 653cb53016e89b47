import { useQuery } from '@tanstack/react-query'
import { ProblemNote } from '@/ui/problem-note'
import { LoadingState } from '@/ui/states'
import { OpenIdButton } from './open-id-button'
import { sessionQueries } from './session.queries'
import { SignInForm } from './sign-in-form'
import { signInProblemText } from './sign-in-problems'

/** The ways to sign in that this gateway has; `problem`: why the last one failed, as the address names it. */
export function SignInWays({
  next,
  problem,
  onSignedIn,
}: {
  next: string
  problem: string | null
  onSignedIn: () => void
}) {
  const setup = useQuery(sessionQueries.setup())
  if (setup.isPending) return <LoadingState what="the ways to sign in" />
  // Where that cannot be known, a password may still do.
  const { hasPasswords, openId } = setup.data ?? { hasPasswords: true, openId: null }
  const text = signInProblemText(problem, openId?.name ?? 'The provider')
  return (
    <div className="space-y-4">
      {text !== null && <ProblemNote error={new Error(text)} />}
      {hasPasswords && <SignInForm onSignedIn={onSignedIn} />}
      {hasPasswords && openId && (
        <p className="text-ink-muted flex items-center gap-3 text-[13px]">
          <span className="bg-line h-px flex-1" />
          or
          <span className="bg-line h-px flex-1" />
        </p>
      )}
      {openId && <OpenIdButton name={openId.name} next={next} isMain={!hasPasswords} />}
    </div>
  )
}
