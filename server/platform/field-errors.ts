import type { FieldError } from '#contract/problem'
import type { z } from 'zod'

const MAX_ERRORS = 20

/** What zod found wrong, as field paths under `root` (`body`, `query` …) with a reason each. */
export function fieldErrors(root: string, error: z.ZodError): FieldError[] {
  return error.issues.slice(0, MAX_ERRORS).map((issue) => ({
    field: [root, ...issue.path.map(String)].join('.'),
    reason: issue.message,
  }))
}
