import { execFileSync } from 'node:child_process'
import { mkdtempSync, readFileSync, rmSync } from 'node:fs'
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http'
import { createServer as createTlsServer } from 'node:https'
import type { AddressInfo, Server } from 'node:net'
import { tmpdir } from 'node:os'
import path from 'node:path'
import { afterEach, expect, test, vi } from 'vitest'
import { z } from 'zod'
import { SourceFailure } from '../source-failure.ts'
import { BalenaClient } from './balena-client.ts'
import { RequestBudget } from './request-budget.ts'

const TOKEN = 'a-secret-token'
const rows = z.object({ d: z.array(z.object({ id: z.int() })) })
type Answer = (request: IncomingMessage, response: ServerResponse) => void

const open: Server[] = []
afterEach(async () => {
  for (const server of open.splice(0)) await new Promise((resolve) => server.close(resolve))
})

async function listen(server: Server, scheme = 'http'): Promise<URL> {
  open.push(server)
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  const { port } = server.address() as AddressInfo
  return new URL(`${scheme}://127.0.0.1:${port}`)
}

/** A backend that gives these answers one after the other, the last of them again and again. */
async function backend(...answers: Answer[]) {
  const asked: { method: string; url: string; authorization: string | undefined }[] = []
  const server = createServer((request, response) => {
    const answer = answers[Math.min(asked.length, answers.length - 1)]
    asked.push({
      method: request.method ?? '',
      url: request.url ?? '',
      authorization: request.headers.authorization,
    })
    request.resume()
    // A connection that is kept would keep the server from closing.
    response.setHeader('connection', 'close')
    answer?.(request, response)
  })
  return { asked, url: await listen(server) }
}

const answerOf =
  (status: number, body: unknown = { d: [] }, headers: Record<string, string> = {}): Answer =>
  (_request, response) => {
    response.writeHead(status, headers)
    response.end(typeof body === 'string' ? body : JSON.stringify(body))
  }

function clientOf(url: URL, more: { fetch?: typeof globalThis.fetch; signal?: AbortSignal } = {}) {
  let nowMs = Date.parse('2026-01-15T12:00:00Z')
  const budget = new RequestBudget({
    perMinute: 100,
    nowMs: () => nowMs,
    wait: (ms) => {
      nowMs += ms
      return Promise.resolve()
    },
    random: () => 1,
  })
  const client = new BalenaClient({
    url,
    token: TOKEN,
    budget,
    fetch,
    nowMs: () => nowMs,
    signal: new AbortController().signal,
    ...more,
  })
  return { client, budget, pauseMs: () => (budget.quietUntilMs ?? nowMs) - nowMs }
}

/** What a call fails with, which never holds the token. */
async function failureOf(call: Promise<unknown>): Promise<SourceFailure> {
  const error: unknown = await call.then(
    () => null,
    (thrown: unknown) => thrown,
  )
  if (!(error instanceof SourceFailure)) throw new Error(`not a failure of a source: ${String(error)}`)
  expect(error.message).not.toContain(TOKEN)
  return error
}

test('a call carries the token and says what is asked, encoded', async () => {
  const { asked, url } = await backend(answerOf(200, { d: [{ id: 3 }] }))
  const { client } = clientOf(url)
  expect(await client.get(rows, "/v7/device?$filter=name eq 'Pump ä'")).toEqual({ d: [{ id: 3 }] })
  await client.patch('/v7/device(3)', { name: 'x' })
  expect(asked).toEqual([
    {
      method: 'GET',
      url: '/v7/device?$filter=name%20eq%20%27Pump%20%C3%A4%27',
      authorization: `Bearer ${TOKEN}`,
    },
    { method: 'PATCH', url: '/v7/device(3)', authorization: `Bearer ${TOKEN}` },
  ])
})

test('a lone 401 is asked again, with pauses, and is no failure; three are one of the token', async () => {
  const { asked, url } = await backend(answerOf(401, 'Unauthorized'), answerOf(401), answerOf(200))
  const { client, pauseMs } = clientOf(url)
  expect(await client.get(rows, '/v7/device')).toEqual({ d: [] })
  expect(asked).toHaveLength(3)
  expect(pauseMs()).toBe(0)
  const closed = await backend(answerOf(401, 'Unauthorized'))
  expect(await failureOf(clientOf(closed.url).client.get(rows, '/v7/device'))).toMatchObject({
    code: 'token',
    status: 401,
  })
  expect(closed.asked).toHaveLength(3)
  expect(await failureOf(clientOf(closed.url).client.patch('/v7/device(3)', {}))).toMatchObject({
    code: 'rights',
  })
})

test('the token is not sent along a redirect', async () => {
  const other = await backend(answerOf(200))
  const { asked, url } = await backend(answerOf(302, '', { location: other.url.href }))
  expect(await failureOf(clientOf(url).client.get(rows, '/v7/device'))).toMatchObject({
    code: 'address',
    status: 302,
  })
  expect([asked.length, other.asked.length]).toEqual([1, 0])
})

test('a server that answers with something else than JSON, or than rows, is told apart', async () => {
  const page = await backend(answerOf(200, '<html>Welcome</html>'))
  const failure = await failureOf(clientOf(page.url).client.get(rows, '/v7/device?$top=1'))
  expect(failure.code).toBe('address')
  expect(failure.message).toBe(
    `${page.url.host} answers /v7/device with something that is not JSON: this is not an openBalena API. Check BALENA_API_URL.`,
  )
  const other = await backend(answerOf(200, { d: [{ id: 'three' }] }))
  expect(await failureOf(clientOf(other.url).client.get(rows, '/v7/device'))).toMatchObject({
    code: 'unexpected',
    message: expect.stringContaining('d.0.id') as string,
  })
})

test('a backend that is busy is left alone for as long as it says', async () => {
  const { url } = await backend(
    answerOf(429, '', { 'retry-after': '20' }),
    answerOf(503, 'down'),
    answerOf(200),
  )
  const { client, pauseMs } = clientOf(url)
  expect(await failureOf(client.get(rows, '/v7/device'))).toMatchObject({
    code: 'busy',
    retryAfterMs: 20_000,
  })
  expect(pauseMs()).toBe(20_000)
  expect(await failureOf(client.get(rows, '/v7/device'))).toMatchObject({ code: 'busy', status: 503 })
  // The second failure in a row.
  expect(pauseMs()).toBe(2_000)
  await client.get(rows, '/v7/device')
  expect(pauseMs()).toBe(0)
})

test('a port where nothing listens and a connection that is cut are an address that cannot be reached', async () => {
  const cut = await backend((request) => request.socket.destroy())
  expect(await failureOf(clientOf(cut.url).client.get(rows, '/v7/device'))).toMatchObject({
    code: 'address',
    message: expect.stringContaining('the connection was cut') as string,
  })
  const gone = createServer()
  const url = await listen(gone)
  await new Promise((resolve) => gone.close(resolve))
  expect(await failureOf(clientOf(url).client.get(rows, '/v7/device'))).toMatchObject({
    code: 'address',
    message: `${url.host} cannot be reached: nothing listens there. Check BALENA_API_URL.`,
  })
})

test('a certificate that nobody vouches for has a sentence of its own', async () => {
  const folder = mkdtempSync(path.join(tmpdir(), 'wheelhouse-certificate-'))
  try {
    const [key, cert] = [path.join(folder, 'key.pem'), path.join(folder, 'cert.pem')]
    const subject = ['-subj', '/CN=api.example.com', '-days', '2']
    execFileSync(
      'openssl',
      [
        'req',
        '-x509',
        '-newkey',
        'ec',
        '-pkeyopt',
        'ec_paramgen_curve:prime256v1',
        '-nodes',
        '-keyout',
        key,
        '-out',
        cert,
        ...subject,
      ],
      { stdio: 'ignore' },
    )
    const server = createTlsServer(
      { key: readFileSync(key), cert: readFileSync(cert) },
      (_request, response) => response.end('{}'),
    )
    const url = await listen(server, 'https')
    const failure = await failureOf(clientOf(url).client.get(rows, '/v7/device'))
    expect(failure).toMatchObject({ code: 'certificate' })
    expect(failure.message).toContain('is not trusted (DEPTH_ZERO_SELF_SIGNED_CERT)')
  } finally {
    rmSync(folder, { recursive: true })
  }
})

test('an answer that does not come in time is a busy backend', async () => {
  const late = vi.fn<typeof globalThis.fetch>(() =>
    Promise.reject(new DOMException('The operation was aborted due to timeout', 'TimeoutError')),
  )
  const { client, pauseMs } = clientOf(new URL('https://api.example.com'), { fetch: late })
  expect(await failureOf(client.get(rows, '/v7/device'))).toMatchObject({
    code: 'busy',
    message: 'api.example.com did not answer in time.',
  })
  expect(pauseMs()).toBe(1_000)
  // So long is waited, and no longer.
  expect(late.mock.calls[0]?.[1]?.signal).toBeInstanceOf(AbortSignal)
})

test('what is under way ends with the gateway, without a sentence about the backend', async () => {
  const { asked, url } = await backend(() => undefined)
  const gateway = new AbortController()
  const { client, pauseMs } = clientOf(url, { signal: gateway.signal })
  const call = client.get(rows, '/v7/device')
  const ended = expect(call).rejects.toThrow('the gateway stops')
  await vi.waitFor(() => expect(asked).toHaveLength(1))
  gateway.abort(new Error('the gateway stops'))
  await ended
  expect(pauseMs()).toBe(0)
})

test('a stream is read as it comes, until its reader goes', async () => {
  const { url } = await backend((_request, response) => {
    response.writeHead(200)
    response.write('one\n')
  })
  const reader = new AbortController()
  const stream = await clientOf(url).client.stream('/device/v2/d1/logs?stream=1', reader.signal)
  const read = stream.getReader()
  expect(new TextDecoder().decode((await read.read()).value)).toBe('one\n')
  reader.abort(new Error('nobody reads'))
  await expect(read.read()).rejects.toThrow('nobody reads')
})
