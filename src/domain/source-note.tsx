import { Info } from 'lucide-react'
import type { SourceAbility } from '#contract/source'
import { cn } from '@/lib/cn'
import { useMissing } from '@/lib/source'

/** In a part of a page that can only be looked at: why nothing can be changed there, and where it can; nothing where it can here. */
export function SourceNote({ needs, className }: { needs: SourceAbility; className?: string }) {
  const why = useMissing(needs)
  if (why === null) return null
  return (
    <p className={cn('text-ink-muted flex items-start gap-1.5 text-[13px]', className)}>
      <Info className="mt-0.5 size-4 shrink-0" aria-hidden />
      <span>{why}</span>
    </p>
  )
}
