import type { FieldError, ProblemDetails } from '#contract/problem'

type Details = {
  status: number
  code: string
  title: string
  detail?: string
  errors?: FieldError[]
  /** When it is worth trying again; told in the header Retry-After. */
  retryAfterSeconds?: number
}

/** A refusal that the caller can do something about; the error handler turns it into problem details (RFC 9457). */
export class Problem extends Error {
  readonly status: number
  readonly code: string
  readonly title: string
  readonly detail: string | undefined
  readonly errors: FieldError[] | undefined
  readonly retryAfterSeconds: number | undefined

  constructor(details: Details) {
    super(details.detail ?? details.title)
    this.status = details.status
    this.code = details.code
    this.title = details.title
    this.detail = details.detail
    this.errors = details.errors
    this.retryAfterSeconds = details.retryAfterSeconds
  }

  /** 400: one field is wrong; `field` is a path such as `body.semver`. */
  static invalid(field: string, reason: string): Problem {
    return new Problem({
      status: 400,
      code: 'invalid',
      title: 'The request is not valid',
      detail: `${field} ${reason}`,
      errors: [{ field, reason }],
    })
  }

  /** 409: true of the request, but not possible now. */
  static conflict(code: string, detail: string, errors?: FieldError[]): Problem {
    return new Problem({
      status: 409,
      code,
      title: 'Not possible in the present state',
      detail,
      ...(errors ? { errors } : {}),
    })
  }

  static notFound(kind: string, id: string): Problem {
    return new Problem({
      status: 404,
      code: 'not-found',
      title: 'Not found',
      detail: `There is no ${kind} ${id}`,
    })
  }

  static unauthorized(detail = 'Sign in to use this'): Problem {
    return new Problem({ status: 401, code: 'unauthorized', title: 'Not signed in', detail })
  }

  static forbidden(detail: string): Problem {
    return new Problem({ status: 403, code: 'forbidden', title: 'Not allowed', detail })
  }

  static overloaded(detail: string): Problem {
    return new Problem({ status: 503, code: 'overloaded', title: 'Too much at once', detail })
  }

  /** 503: the store does not answer, or has no room; whether what was asked has been done is not known. */
  static ofStore(failure: 'away' | 'full'): Problem {
    return failure === 'full'
      ? new Problem({
          status: 503,
          code: 'store-full',
          title: 'The store has no room',
          detail: 'The disk of the database is full: nothing can be stored until somebody makes room',
          retryAfterSeconds: 60,
        })
      : new Problem({
          status: 503,
          code: 'store-away',
          title: 'The store cannot be reached',
          detail:
            'The database does not answer; look again shortly whether this was done, and repeat it if not',
          retryAfterSeconds: 5,
        })
  }

  toBody(requestId?: string): ProblemDetails {
    return {
      type: `urn:wheelhouse:problem:${this.code}`,
      title: this.title,
      status: this.status,
      code: this.code,
      ...(this.detail === undefined ? {} : { detail: this.detail }),
      ...(this.errors === undefined ? {} : { errors: this.errors }),
      ...(requestId === undefined ? {} : { requestId }),
    }
  }
}
