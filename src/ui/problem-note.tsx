import { CircleX } from 'lucide-react'
import { ApiError } from '@/lib/api'
import { usePart } from '@/lib/part'
import { toastPart } from './toaster'

/**
 * Says inside a form or dialog what was refused and why, read out when it appears. A write of which nobody knows whether it
 * was carried out can be sent again from here.
 */
export function ProblemNote({ error }: { error: unknown }) {
  const isUnsettled = error instanceof ApiError && error.isUnsettled
  const part = usePart(toastPart, isUnsettled)
  if (error === null || error === undefined) return null
  const text =
    error instanceof Error ? error.message : 'The request failed for a reason the page does not know.'
  return (
    <div
      role="alert"
      className="bg-critical-soft text-critical flex items-start gap-2 rounded-md px-3 py-2 text-[13px]"
    >
      <CircleX className="mt-0.5 size-4 shrink-0" aria-hidden />
      <span className="min-w-0 flex-1 break-words">{text}</span>
      {part && isUnsettled && <part.RetryButton error={error} />}
    </div>
  )
}
