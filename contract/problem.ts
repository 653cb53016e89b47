import { z } from 'zod'

/** One field that was refused, and why. `field` is a path such as `body.semver` or `query.limit`. */
export const fieldError = z.object({ field: z.string(), reason: z.string() })
export type FieldError = z.infer<typeof fieldError>

/**
 * The one error shape of the HTTP API and of refused subscriptions: RFC 9457 problem details
 * (`application/problem+json`), with the refused fields and the request id added.
 * `code` is a stable word for programs, `title` and `detail` are for people.
 */
export const problem = z.object({
  type: z.string(),
  title: z.string(),
  status: z.int(),
  code: z.string(),
  detail: z.string().optional(),
  instance: z.string().optional(),
  requestId: z.string().optional(),
  errors: z.array(fieldError).optional(),
})
export type ProblemDetails = z.infer<typeof problem>
