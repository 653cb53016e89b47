import type { FieldError, ProblemDetails } from '#contract/problem'

/**
 * A refused or failed call. `status` is 0 when the gateway could not be reached at all.
 * `problem` is the gateway's own account (RFC 9457) with the refused fields.
 */
export class ApiError extends Error {
  readonly status: number
  readonly problem: ProblemDetails | null
  /** Of a write: nobody knows whether it was carried out. Sent again as it is, it has its effect once. */
  isUnsettled = false

  constructor(status: number, details: ProblemDetails | null, message: string, options?: ErrorOptions) {
    super(message, options)
    this.name = 'ApiError'
    this.status = status
    this.problem = details
  }

  /** The fields that were refused, with `body.` and the like taken off. */
  get fields(): FieldError[] {
    return (this.problem?.errors ?? []).map(({ field, reason }) => ({
      field: field.replace(/^(body|query|params)\./, ''),
      reason,
    }))
  }
}
