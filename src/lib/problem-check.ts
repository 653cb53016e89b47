import type { ProblemDetails } from '#contract/problem'

const isText = (value: unknown) => typeof value === 'string'
const isTextOrNothing = (value: unknown) => value === undefined || isText(value)
const record = (value: unknown): Record<string, unknown> =>
  typeof value === 'object' && value !== null && !Array.isArray(value)
    ? (value as Record<string, unknown>)
    : {}

/**
 * The same as the contract's `problem`, without its schema: what went wrong must be told also when nothing more can be
 * fetched.
 */
export function isProblem(body: unknown): body is ProblemDetails {
  const { type, title, status, code, detail, instance, requestId, errors } = record(body)
  return (
    [type, title, code].every(isText) &&
    [detail, instance, requestId].every(isTextOrNothing) &&
    Number.isSafeInteger(status) &&
    (errors === undefined ||
      (Array.isArray(errors) &&
        errors.every((error) => isText(record(error).field) && isText(record(error).reason))))
  )
}
