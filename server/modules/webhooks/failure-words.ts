const MAX_LENGTH = 300

/** The address may not be called; the message is for the delivery log. */
export class RefusedAddress extends Error {}

/** What system, TLS and HTTP errors mean to somebody who set the address up; the code goes along for who must search. */
const meanings: Record<string, string> = {
  ECONNREFUSED: 'Nothing listens at this address',
  ECONNRESET: 'The connection was cut off before it answered',
  UND_ERR_SOCKET: 'The connection was cut off before it answered',
  EHOSTUNREACH: 'There is no way to this host',
  ENETUNREACH: 'There is no way to this network',
  ENOTFOUND: 'No host has this name',
  EAI_AGAIN: 'The name could not be looked up',
  CERT_HAS_EXPIRED: 'Its certificate has expired',
  DEPTH_ZERO_SELF_SIGNED_CERT: 'Its certificate is self-signed and not trusted',
  SELF_SIGNED_CERT_IN_CHAIN: 'Its certificate chain is self-signed and not trusted',
  UNABLE_TO_VERIFY_LEAF_SIGNATURE: 'Its certificate cannot be verified',
  UNABLE_TO_GET_ISSUER_CERT_LOCALLY: 'The issuer of its certificate is not known',
  ERR_TLS_CERT_ALTNAME_INVALID: 'Its certificate is for another host',
  EPROTO: 'It does not speak TLS here',
  ERR_SSL_WRONG_VERSION_NUMBER: 'It does not speak TLS here',
  HPE_INVALID_CONSTANT: 'What answers does not speak HTTP',
  HPE_INVALID_VERSION: 'What answers does not speak HTTP',
}

const isTimeout = (error: Error & { code?: unknown }) =>
  error.name === 'TimeoutError' ||
  error.code === 'ETIMEDOUT' ||
  error.code === 'UND_ERR_CONNECT_TIMEOUT' ||
  error.code === 'UND_ERR_HEADERS_TIMEOUT' ||
  error.code === 'UND_ERR_BODY_TIMEOUT'

/** Several addresses were tried: the first failure speaks for all. */
function innermost(error: unknown): Error & { code?: unknown } {
  if (error instanceof AggregateError && error.errors[0] instanceof Error) return innermost(error.errors[0])
  if (error instanceof Error) return error.cause instanceof Error ? innermost(error.cause) : error
  return new Error(String(error))
}

export const failureWords = {
  /** Why an answer with this status is a failure; null when it is none. */
  ofStatus(status: number): string | null {
    if (status >= 200 && status < 300) return null
    // Where a redirect leads may be anywhere; whoever set the address up must name the right one.
    if (status >= 300 && status < 400)
      return `It answered ${status} and points to another address; redirects are not followed`
    return `It answered ${status}`
  },
  /** Why nothing answered. */
  ofError(error: unknown, timeoutMs: number): string {
    const cause = innermost(error)
    if (cause instanceof RefusedAddress) return cause.message.slice(0, MAX_LENGTH)
    if (isTimeout(cause)) return `It did not answer within ${timeoutMs / 1000} s`
    const code = typeof cause.code === 'string' ? cause.code : null
    const meaning = code === null ? undefined : meanings[code]
    if (meaning !== undefined) return `${meaning} (${code})`
    return cause.message.slice(0, MAX_LENGTH)
  },
}
