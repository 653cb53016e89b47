import { describe, expect, test } from 'vitest'
import { failureOfConnection, failureOfStatus, retryAfterOf } from './balena-failure.rules.ts'

const host = 'api.example.com'
const NOW_MS = Date.parse('2026-01-15T12:00:00Z')
/** As fetch throws it: the reason is its cause. */
const failed = (code: string) =>
  new TypeError('fetch failed', { cause: Object.assign(new Error(code), { code }) })

describe('a call that gets no answer', () => {
  test.each([
    ['ENOTFOUND', 'there is no machine of this name'],
    ['ECONNREFUSED', 'nothing listens there'],
    ['ECONNRESET', 'the connection was cut'],
    ['UND_ERR_CONNECT_TIMEOUT', 'it does not answer'],
    ['EPROTO', 'the connection failed (EPROTO)'],
  ])('%s: %s', (code, reason) => {
    const failure = failureOfConnection(failed(code), host)
    expect(failure).toMatchObject({ code: 'address', status: null, retryAfterMs: null })
    expect(failure.message).toBe(`api.example.com cannot be reached: ${reason}. Check BALENA_API_URL.`)
  })

  test('without a code is a failed connection', () => {
    expect(failureOfConnection('no', host).message).toContain('the connection failed.')
  })

  test.each([
    'DEPTH_ZERO_SELF_SIGNED_CERT',
    'SELF_SIGNED_CERT_IN_CHAIN',
    'CERT_HAS_EXPIRED',
    'ERR_TLS_CERT_ALTNAME_INVALID',
  ])('%s is a certificate that is not trusted, and the sentence says what to do', (code) => {
    const failure = failureOfConnection(failed(code), host)
    expect(failure.code).toBe('certificate')
    expect(failure.message).toContain(`The certificate of api.example.com is not trusted (${code})`)
    expect(failure.message).toContain('NODE_EXTRA_CA_CERTS')
  })

  test('in time is a busy backend', () => {
    const failure = failureOfConnection(new DOMException('aborted', 'TimeoutError'), host)
    expect(failure).toMatchObject({ code: 'busy', message: 'api.example.com did not answer in time.' })
  })
})

describe('an answer other than 2xx', () => {
  const of = (status: number, more: { isChange?: boolean; text?: string; retryAfterMs?: number } = {}) =>
    failureOfStatus(status, {
      host,
      asked: '/v7/device',
      isChange: more.isChange ?? false,
      text: more.text ?? '',
      retryAfterMs: more.retryAfterMs ?? null,
    })

  test.each([
    [301, 'address', 'sends callers elsewhere'],
    [401, 'token', 'does not accept the token: it is wrong, expired or revoked'],
    [403, 'rights', 'The token may not do this on api.example.com (/v7/device)'],
    [404, 'address', 'not as an openBalena API: it knows no /v7/device'],
    [405, 'address', 'not as an openBalena API'],
    [429, 'busy', 'asks to be called less often'],
    [500, 'busy', 'fails by itself (500 for /v7/device)'],
    [503, 'busy', 'fails by itself (503 for /v7/device)'],
    [400, 'unexpected', 'refuses /v7/device (400)'],
  ])('%i is %s: %s', (status, code, words) => {
    const failure = of(status)
    expect(failure).toMatchObject({ code, status })
    expect(failure.message).toContain(words)
  })

  test('401 for a change is a right that is missing: it is answered like a token that is not known', () => {
    expect(of(401, { isChange: true })).toMatchObject({
      code: 'rights',
      message: 'The token may not change /v7/device on api.example.com, or is no longer accepted at all.',
    })
  })

  test('keeps what the backend says, in one line and not too long, and how long it wants to be left alone', () => {
    const failure = of(500, { text: `Database\n  is away ${'x'.repeat(500)}`, retryAfterMs: 3_000 })
    expect(failure.retryAfterMs).toBe(3_000)
    expect(failure.message).toContain('It says: Database is away xxx')
    expect(failure.message.length).toBeLessThan(300)
  })
})

test('Retry-After is seconds or a date, a quarter of an hour at most; anything else says nothing', () => {
  expect(retryAfterOf('12', NOW_MS)).toBe(12_000)
  expect(retryAfterOf('Thu, 15 Jan 2026 12:00:30 GMT', NOW_MS)).toBe(30_000)
  expect(retryAfterOf('86400', NOW_MS)).toBe(15 * 60_000)
  for (const header of [null, '', 'soon', '-5', 'Thu, 15 Jan 2026 11:00:00 GMT'])
    expect([header, retryAfterOf(header, NOW_MS) ?? 0]).toEqual([header, 0])
})
