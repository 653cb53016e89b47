import { SourceFailure } from '../source-failure.ts'

/** Codes of what node tells of a TLS connection that is not trusted (nodejs.org/api/tls.html, X509 certificate error codes). */
const certificateCodes = new Set([
  'CERT_HAS_EXPIRED',
  'CERT_NOT_YET_VALID',
  'CERT_REVOKED',
  'CERT_UNTRUSTED',
  'CERT_REJECTED',
  'DEPTH_ZERO_SELF_SIGNED_CERT',
  'SELF_SIGNED_CERT_IN_CHAIN',
  'UNABLE_TO_GET_ISSUER_CERT',
  'UNABLE_TO_GET_ISSUER_CERT_LOCALLY',
  'UNABLE_TO_VERIFY_LEAF_SIGNATURE',
  'ERR_TLS_CERT_ALTNAME_INVALID',
  'HOSTNAME_MISMATCH',
])

const codeOf = (error: unknown): string | null => {
  if (!(error instanceof Error)) return null
  if ('code' in error && typeof error.code === 'string') return error.code
  return codeOf(error.cause)
}

const reasons: Record<string, string> = {
  ENOTFOUND: 'there is no machine of this name',
  EAI_AGAIN: 'its name cannot be looked up now',
  ECONNREFUSED: 'nothing listens there',
  ECONNRESET: 'the connection was cut',
  ETIMEDOUT: 'it does not answer',
  EHOSTUNREACH: 'there is no way to it',
  ENETUNREACH: 'there is no way to it',
  UND_ERR_CONNECT_TIMEOUT: 'it does not answer',
  UND_ERR_HEADERS_TIMEOUT: 'it does not answer in time',
  UND_ERR_BODY_TIMEOUT: 'its answer broke off',
  UND_ERR_SOCKET: 'the connection was cut',
}

/** What a call that got no answer means, in a sentence that says what to do. */
export function failureOfConnection(error: unknown, host: string): SourceFailure {
  const code = codeOf(error) ?? ''
  if (certificateCodes.has(code))
    return new SourceFailure(
      'certificate',
      `The certificate of ${host} is not trusted (${code}). Where it is signed by an authority of your own, name its file in NODE_EXTRA_CA_CERTS and start the gateway again.`,
      { cause: error },
    )
  if (error instanceof Error && error.name === 'TimeoutError')
    return new SourceFailure('busy', `${host} did not answer in time.`, { cause: error })
  const reason = reasons[code] ?? (code === '' ? 'the connection failed' : `the connection failed (${code})`)
  return new SourceFailure('address', `${host} cannot be reached: ${reason}. Check BALENA_API_URL.`, {
    cause: error,
  })
}

const LONGEST_RETRY_MS = 15 * 60_000

/** Retry-After in seconds or as a date (RFC 9110, 10.2.3), in milliseconds from now; null: absent or unreadable. */
export function retryAfterOf(header: string | null, nowMs: number): number | null {
  if (header === null) return null
  const seconds = Number(header)
  const ms = Number.isFinite(seconds) ? seconds * 1000 : Date.parse(header) - nowMs
  return Number.isFinite(ms) && ms >= 0 ? Math.min(ms, LONGEST_RETRY_MS) : null
}

/** What a status other than 2xx means. `asked`: what was called, for what is not foreseen. */
export function failureOfStatus(
  status: number,
  answer: { host: string; asked: string; isChange: boolean; text: string; retryAfterMs: number | null },
): SourceFailure {
  const { host, asked, isChange, retryAfterMs } = answer
  const words = answer.text.replace(/\s+/g, ' ').slice(0, 200)
  const told = words === '' ? '' : ` It says: ${words}`
  const options = { status, ...(retryAfterMs === null ? {} : { retryAfterMs }) }
  if (status >= 300 && status < 400)
    return new SourceFailure(
      'address',
      `${host} sends callers elsewhere, where the token is not sent along. Set BALENA_API_URL to where it leads; it begins with https: in most installations.`,
      options,
    )
  // What one may not do is answered like a token that is not known.
  if (status === 401 && isChange)
    return new SourceFailure(
      'rights',
      `The token may not change ${asked} on ${host}, or is no longer accepted at all.`,
      options,
    )
  if (status === 401)
    return new SourceFailure(
      'token',
      `${host} does not accept the token: it is wrong, expired or revoked. Make a new one there and set BALENA_API_TOKEN.`,
      options,
    )
  if (status === 403)
    return new SourceFailure('rights', `The token may not do this on ${host} (${asked}).${told}`, options)
  if (status === 404 || status === 405)
    return new SourceFailure(
      'address',
      `${host} answers, but not as an openBalena API: it knows no ${asked}. Check BALENA_API_URL; it begins with api. in most installations.`,
      options,
    )
  if (status === 429) return new SourceFailure('busy', `${host} asks to be called less often (429).`, options)
  if (status >= 500)
    return new SourceFailure('busy', `${host} fails by itself (${status} for ${asked}).${told}`, options)
  return new SourceFailure('unexpected', `${host} refuses ${asked} (${status}).${told}`, options)
}
