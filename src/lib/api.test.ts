import { afterEach, beforeEach, describe, expect, test, vi } from 'vitest'
import { ZodError } from 'zod'
import { KEY_HEADER, KEY_IN_USE } from '#contract/api-root'
import { idempotencyKey } from '#contract/idempotency'
import { ApiError, apiPath, callApi, setCsrfToken, setSignedOutHandler } from './api'
import { fetchFile } from './api-file'

const fetched = vi.fn<typeof fetch>()
const onSignedOut = vi.fn()

const json = (body: unknown, status = 200) =>
  new Response(JSON.stringify(body), { status, headers: { 'content-type': 'application/json' } })
const refused = async (call: Promise<unknown>): Promise<ApiError> => {
  const error: unknown = await call.then(
    () => null,
    (reason: unknown) => reason,
  )
  if (!(error instanceof ApiError)) throw new Error(`no ApiError but ${String(error)}`)
  return error
}
const sent = () => fetched.mock.calls[0]!

beforeEach(() => {
  vi.stubGlobal('fetch', fetched)
  setSignedOutHandler(onSignedOut)
  setCsrfToken('csrf-1')
})
afterEach(() => {
  vi.unstubAllGlobals()
  vi.resetAllMocks()
  setCsrfToken(null)
})

test('an address carries its parameters escaped and leaves out what is empty', () => {
  expect(apiPath('getFleet', { params: { fleetId: 7 } })).toBe('/api/v1/fleets/7')
  expect(apiPath('setDeviceTag', { params: { uuid: 'ab', key: 'a/b c' } })).toBe(
    '/api/v1/devices/ab/tags/a%2Fb%20c',
  )
  expect(
    apiPath('listDevices', { query: { q: 'a&b', health: ['critical', 'ok'], reason: [], after: undefined } }),
  ).toBe('/api/v1/devices?q=a%26b&health=critical%2Cok')
})

test('an answer is checked against the contract', async () => {
  const setup = { isNeeded: true, hasPasswords: true, openId: null }
  fetched.mockResolvedValueOnce(json(setup))
  await expect(callApi('getSetup')).resolves.toEqual(setup)
  fetched.mockResolvedValueOnce(json({ isNeeded: 'perhaps' }))
  const error = await refused(callApi('getSetup'))
  expect(error).toMatchObject({ status: 200, problem: null })
  expect(error.message).toContain('Load the page again')
  expect(error.cause).toBeInstanceOf(ZodError)
})

test('an answer that is no JSON is that of another version', async () => {
  fetched.mockResolvedValueOnce(new Response('<!doctype html>'))
  expect((await refused(callApi('getSetup'))).message).toContain('Load the page again')
})

test('an answer that is cut off half-way is a lost connection, worth another try, and no other version', async () => {
  const cut = new ReadableStream({ start: (controller) => controller.error(new TypeError('network error')) })
  fetched.mockResolvedValueOnce(new Response(cut))
  const error = await refused(callApi('getSetup'))
  expect(error).toMatchObject({ status: 0, problem: null })
  expect(error.message).toContain('The connection broke')
})

test('a call that was given up while its answer came in is no failure of the gateway', async () => {
  const givenUp = new DOMException('aborted', 'AbortError')
  for (const call of [() => callApi('getSetup'), () => fetchFile('getSetup')]) {
    const body = new ReadableStream({ start: (controller) => controller.error(givenUp) })
    fetched.mockResolvedValueOnce(new Response(body))
    await expect(call()).rejects.toBe(givenUp)
  }
})

test('a write carries the CSRF token and JSON, a read neither', async () => {
  fetched.mockResolvedValueOnce(json({ isNeeded: false, hasPasswords: true, openId: null }))
  await callApi('getSetup')
  expect(sent()[1]?.headers).toEqual({ accept: 'application/json' })
  fetched.mockReset()
  fetched.mockResolvedValueOnce(new Response(null, { status: 204 }))
  await expect(callApi('changePassword', { body: { current: 'a', next: 'b' } })).resolves.toBeUndefined()
  expect(sent()[1]).toMatchObject({ method: 'PUT', body: '{"current":"a","next":"b"}' })
  expect(sent()[1]?.headers).toMatchObject({ 'x-csrf-token': 'csrf-1', 'content-type': 'application/json' })
})

test('a refusal keeps the gateway’s own words and the refused fields', async () => {
  fetched.mockResolvedValueOnce(
    json(
      {
        type: 'urn:wheelhouse:problem:invalid',
        title: 'The request is not valid',
        status: 400,
        code: 'invalid',
        errors: [{ field: 'body.name', reason: 'must have at least 4 characters' }],
      },
      400,
    ),
  )
  const error = await refused(callApi('createFleet', { body: { name: 'a', deviceType: 'x' } }))
  expect(error.status).toBe(400)
  expect(error.message).toBe('The request is not valid: body.name: must have at least 4 characters')
  expect(error.fields).toEqual([{ field: 'name', reason: 'must have at least 4 characters' }])
})

test('an answer that is no problem document is told as such', async () => {
  fetched.mockResolvedValueOnce(new Response('<h1>Bad gateway</h1>', { status: 502 }))
  const error = await refused(callApi('listFleets'))
  expect(error).toMatchObject({ status: 502, problem: null, fields: [] })
  expect(error.message).toContain('502')
})

test('a gateway that cannot be reached has the status 0', async () => {
  fetched.mockRejectedValueOnce(new TypeError('Failed to fetch'))
  const error = await refused(callApi('listFleets'))
  expect(error.status).toBe(0)
  expect(error.message).toContain('cannot be reached')
})

test('a call that was given up is no failure of the gateway', async () => {
  fetched.mockRejectedValueOnce(new DOMException('given up', 'AbortError'))
  await expect(callApi('listFleets')).rejects.toMatchObject({ name: 'AbortError' })
})

test('a session that ended is told once, but not for a wrong password', async () => {
  const unauthorized = () =>
    json({ type: 't', title: 'Sign in first', status: 401, code: 'unauthorized' }, 401)
  fetched.mockResolvedValueOnce(unauthorized())
  await refused(callApi('signIn', { body: { email: 'a@b.test', password: 'wrong' } }))
  expect(onSignedOut).not.toHaveBeenCalled()
  fetched.mockResolvedValueOnce(unauthorized())
  await refused(callApi('listFleets'))
  expect(onSignedOut).toHaveBeenCalledTimes(1)
})

describe('a write', () => {
  const change = (current: string) => callApi('changePassword', { body: { current, next: 'next' } })
  const done = () => new Response(null, { status: 204 })
  const keys = () =>
    fetched.mock.calls.map(([, init]) => new Headers(init?.headers).get(KEY_HEADER) ?? 'none')
  const problem = (status: number, code: string) => json({ type: 't', title: 'No', status, code }, status)
  beforeEach(() => {
    vi.useFakeTimers({ toFake: ['Date'] })
  })
  afterEach(() => {
    vi.useRealTimers()
  })

  test('has a key of its own each time it is meant', async () => {
    fetched.mockImplementation(() => Promise.resolve(done()))
    await change('same')
    await change('same')
    await change('other')
    expect(new Set(keys()).size).toBe(3)
    for (const key of keys()) expect(idempotencyKey.safeParse(key).success, key).toBe(true)
  })

  test('that nobody is signed in for has none, nor has a read', async () => {
    fetched.mockImplementation(() => Promise.resolve(problem(401, 'unauthorized')))
    await refused(callApi('signIn', { body: { email: 'a@b.test', password: 'wrong' } }))
    await refused(callApi('listFleets'))
    expect(keys()).toEqual(['none', 'none'])
  })

  test.each([
    ['cannot be reached', () => Promise.reject(new TypeError('Failed to fetch'))],
    ['answers through a proxy that there is none', () => Promise.resolve(new Response('', { status: 502 }))],
    ['has no room', () => Promise.resolve(problem(503, 'overloaded'))],
    ['is still at it', () => Promise.resolve(problem(409, KEY_IN_USE))],
  ])('keeps its key for the next try when the gateway %s', async (_when, answer) => {
    const form = `unsettled ${_when}`
    fetched.mockImplementationOnce(answer).mockImplementationOnce(answer)
    const error = await refused(change(form))
    expect(error.isUnsettled).toBe(true)
    await refused(change(form))
    fetched.mockImplementation(() => Promise.resolve(done()))
    await change(`${form}, changed`)
    await change(form)
    await change(form)
    const [first, second, changed, third, afterwards] = keys()
    expect([second, third]).toEqual([first, first])
    expect(new Set([first, changed, afterwards]).size).toBe(3)
  })

  test('says that nobody knows whether it was done, but leaves the gateway its own words', async () => {
    fetched.mockRejectedValueOnce(new TypeError('Failed to fetch'))
    expect((await refused(change('a'))).message).toContain('not known whether this was done')
    fetched.mockResolvedValueOnce(problem(503, 'overloaded'))
    expect((await refused(change('b'))).message).toBe('No')
  })

  test('that was refused, or is meant again much later, is another one', async () => {
    fetched.mockResolvedValueOnce(problem(409, 'name-taken'))
    expect((await refused(change('refused'))).isUnsettled).toBe(false)
    fetched.mockRejectedValueOnce(new TypeError('Failed to fetch'))
    await refused(change('refused'))
    vi.setSystemTime(Date.now() + 3_600_000)
    fetched.mockResolvedValueOnce(done())
    await change('refused')
    expect(new Set(keys()).size).toBe(3)
  })
})
