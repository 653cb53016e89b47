import { CloudOff, LoaderCircle, type LucideIcon } from 'lucide-react'
import { useEffect, useState, type ReactNode } from 'react'
import { cn } from '@/lib/cn'
import { Button } from './button'

type EmptyProps = {
  icon?: LucideIcon
  title: string
  children?: ReactNode
  action?: ReactNode
  className?: string
}

/** Nothing here: says what that means and what to do next. */
export function EmptyState({ icon: Icon, title, children, action, className }: EmptyProps) {
  return (
    <div className={cn('flex flex-col items-center px-4 py-12 text-center', className)}>
      {Icon && <Icon className="text-ink-muted mb-3 size-8" strokeWidth={1.5} aria-hidden />}
      <p className="font-semibold">{title}</p>
      {children !== undefined && <div className="text-ink-muted mt-1 max-w-prose">{children}</div>}
      {action !== undefined && <div className="mt-4 flex flex-wrap justify-center gap-2">{action}</div>}
    </div>
  )
}

/** A failed load: the reason in words and a way to try again. */
export function ErrorState({ error, onRetry }: { error: Error; onRetry?: () => void }) {
  return (
    <div role="alert" className="flex flex-col items-center px-4 py-12 text-center">
      <CloudOff className="text-critical mb-3 size-8" strokeWidth={1.5} aria-hidden />
      <p className="font-semibold">This could not be loaded</p>
      <p className="text-ink-muted mt-1 max-w-prose">{error.message}</p>
      {onRetry && (
        <Button className="mt-4" onClick={onRetry}>
          Try again
        </Button>
      )}
    </div>
  )
}

const WORD_AFTER_MS = 1000

/** Quiet at first; after a second it says what is being waited for. */
export function LoadingState({ what }: { what: string }) {
  const [isSlow, setSlow] = useState(false)
  useEffect(() => {
    const timer = setTimeout(() => setSlow(true), WORD_AFTER_MS)
    return () => clearTimeout(timer)
  }, [])
  return (
    <div role="status" className="text-ink-muted flex min-h-32 items-center justify-center gap-2 py-12">
      <LoaderCircle className="size-5 animate-spin" aria-hidden />
      <span className={isSlow ? '' : 'sr-only'}>Loading {what}…</span>
    </div>
  )
}
