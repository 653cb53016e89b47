import { useEffect } from 'react'
import { Button } from '@/ui/button'
import { ProblemNote } from '@/ui/problem-note'
import { useStartOpenId } from './session.mutations'

/** Leads to the OpenID provider; it sends the browser back to `next`. */
export function OpenIdButton({ name, next, isMain }: { name: string; next: string; isMain: boolean }) {
  const start = useStartOpenId()
  const { reset } = start
  // Whoever goes back from the provider finds the page as it was left, and may press again.
  useEffect(() => {
    const comeBack = (event: PageTransitionEvent) => {
      if (event.persisted) reset()
    }
    addEventListener('pageshow', comeBack)
    return () => removeEventListener('pageshow', comeBack)
  }, [reset])
  return (
    <div className="space-y-4">
      <ProblemNote error={start.error} />
      <Button
        variant={isMain ? 'primary' : 'secondary'}
        className="w-full"
        isPending={start.isPending || start.isSuccess}
        onClick={() => start.mutate(next)}
      >
        <span className="truncate">Sign in with {name}</span>
      </Button>
    </div>
  )
}
