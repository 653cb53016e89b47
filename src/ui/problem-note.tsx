import { CircleX } from 'lucide-react'

/** Says inside a form or dialog what was refused and why, read out when it appears. */
export function ProblemNote({ error }: { error: unknown }) {
  if (error === null || error === undefined) return null
  const text =
    error instanceof Error ? error.message : 'The request failed for a reason the page does not know.'
  return (
    <p
      role="alert"
      className="bg-critical-soft text-critical flex items-start gap-2 rounded-md px-3 py-2 text-[13px]"
    >
      <CircleX className="mt-0.5 size-4 shrink-0" aria-hidden />
      <span className="min-w-0 break-words">{text}</span>
    </p>
  )
}
