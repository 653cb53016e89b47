import { CircleCheck, CircleX, LoaderCircle, TriangleAlert } from 'lucide-react'
import type { ComposeProblem } from '#contract/release'
import { cn } from '@/lib/cn'
import { formatNoun } from '@/lib/format'

type ComposeProblemListProps = {
  problems: readonly ComposeProblem[]
  /** empty: nothing to check yet; checking: the answer is of an older text or on its way. */
  state: 'empty' | 'checking' | 'checked' | 'failed'
  /** Why the check itself failed. */
  failure?: string | undefined
  onJump: (problem: ComposeProblem) => void
}

function Summary({ problems, state, failure }: Omit<ComposeProblemListProps, 'onJump'>) {
  const errors = problems.filter((problem) => problem.severity === 'error').length
  const warnings = problems.length - errors
  if (state === 'empty') return <span className="text-ink-muted">Checked while you type.</span>
  if (state === 'failed')
    return (
      <span className="text-critical flex items-center gap-1.5">
        <CircleX className="size-4 shrink-0" aria-hidden /> It could not be checked: {failure}
      </span>
    )
  if (state === 'checking')
    return (
      <span className="text-ink-muted flex items-center gap-1.5">
        <LoaderCircle className="size-4 shrink-0 animate-spin" aria-hidden /> Checking…
      </span>
    )
  if (errors > 0)
    return (
      <span className="text-critical flex items-center gap-1.5">
        <CircleX className="size-4 shrink-0" aria-hidden />
        {formatNoun(errors, 'error')}: it cannot run on a device
        {warnings > 0 && `; ${formatNoun(warnings, 'warning')}`}
      </span>
    )
  return (
    <span className={cn('flex items-center gap-1.5', warnings > 0 ? 'text-attention' : 'text-ok')}>
      {warnings > 0 ? (
        <TriangleAlert className="size-4 shrink-0" aria-hidden />
      ) : (
        <CircleCheck className="size-4 shrink-0" aria-hidden />
      )}
      {warnings > 0 ? `It can run; ${formatNoun(warnings, 'warning')}` : 'It can run on devices'}
    </span>
  )
}

/** What the check found, each a way to its line. */
export function ComposeProblemList({ onJump, ...rest }: ComposeProblemListProps) {
  return (
    <div className="text-[13px]">
      <p role="status" className="min-h-5">
        <Summary {...rest} />
      </p>
      {rest.problems.length > 0 && (
        <ul
          aria-label="Problems of the compose file"
          className="border-line mt-1.5 max-h-48 overflow-y-auto rounded-md border"
        >
          {rest.problems.map((problem, index) => {
            const Icon = problem.severity === 'error' ? CircleX : TriangleAlert
            return (
              <li key={index} className="border-line border-b last:border-b-0">
                <button
                  type="button"
                  onClick={() => onJump(problem)}
                  className="hover:bg-sunken flex w-full items-start gap-2 px-2.5 py-1.5 text-left"
                >
                  <Icon
                    className={cn(
                      'mt-0.5 size-4 shrink-0',
                      problem.severity === 'error' ? 'text-critical' : 'text-attention',
                    )}
                    aria-hidden
                  />
                  <span className="text-ink-muted w-16 shrink-0 tabular-nums">Line {problem.line}</span>
                  <span className="min-w-0 break-words">
                    <span className="sr-only">{problem.severity}: </span>
                    {problem.path !== '' && <span className="font-mono">{problem.path} </span>}
                    {problem.message}
                  </span>
                </button>
              </li>
            )
          })}
        </ul>
      )}
    </div>
  )
}
