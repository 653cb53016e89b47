import { describe, expect, test, vi } from 'vitest'
import { freshest, isPageAddress, keptFirst, withoutHints } from './shell-cache'

const request = new Request('http://wheelhouse.test/devices')
const kept = (text: string | null) => vi.fn(() => Promise.resolve(text === null ? null : new Response(text)))
const never = () => new Promise<never>(() => undefined)
const text = async (response: Promise<Response>) => (await response).text()

describe('the page itself', () => {
  test('is that of the gateway whenever it answers', async () => {
    const fetch = () => Promise.resolve(new Response('new'))
    expect(await text(freshest(request, '/', { fetch, kept: kept('old'), wait: never }))).toBe('new')
  })

  test.each([
    ['no answer', () => Promise.reject(new TypeError('Failed to fetch'))],
    ['a proxy’s word that there is none', () => Promise.resolve(new Response('down', { status: 502 }))],
  ])('is the kept one when there is %s', async (_what, fetch) => {
    expect(await text(freshest(request, '/', { fetch, kept: kept('old'), wait: never }))).toBe('old')
  })

  test('is the kept one when the gateway takes too long', async () => {
    const wait = () => Promise.resolve()
    expect(await text(freshest(request, '/', { fetch: never, kept: kept('old'), wait }))).toBe('old')
  })

  test('is whatever comes in the end when nothing is kept', async () => {
    const net = { kept: kept(null), wait: () => Promise.resolve() }
    const fetch = () => Promise.resolve(new Response('down', { status: 503 }))
    expect((await freshest(request, '/', { ...net, fetch })).status).toBe(503)
    const failing = () => Promise.reject(new TypeError('Failed to fetch'))
    await expect(freshest(request, '/', { ...net, fetch: failing })).rejects.toThrow('Failed to fetch')
  })

  test('is kept without hints of what to fetch beside it', async () => {
    const headers = { link: '</api/v1/me>; rel=preload', 'content-security-policy': "default-src 'none'" }
    const plain = withoutHints(new Response('page', { headers }))
    expect(plain.headers.get('link')).toBeNull()
    expect(plain.headers.get('content-security-policy')).toBe("default-src 'none'")
    expect(await plain.text()).toBe('page')
  })
})

test('a file whose name changes with its content is the kept one, else fetched', async () => {
  const fetch = vi.fn(() => Promise.resolve(new Response('fetched')))
  expect(await text(keptFirst(request, '/assets/a.js', { fetch, kept: kept('old') }))).toBe('old')
  expect(fetch).not.toHaveBeenCalled()
  expect(await text(keptFirst(request, '/assets/a.js', { fetch, kept: kept(null) }))).toBe('fetched')
})

test('the API, devices, sockets and files are none of the app’s addresses', () => {
  for (const path of ['/', '/fleets', '/devices/ab/logs', '/settings/account'])
    expect(isPageAddress(path), path).toBe(true)
  for (const path of [
    '/api/docs',
    '/api/v1/me',
    '/device/v3/ab/state',
    '/v7/device',
    '/api-key/x',
    '/socket.io/',
    '/assets/a',
    '/theme.js',
  ])
    expect(isPageAddress(path), path).toBe(false)
})
