import { createServer, type RequestListener, type Server } from 'node:http'
import { afterEach, describe, expect, test, vi } from 'vitest'
import { makeWebhookSender, type Resolver } from './webhook-sender.ts'

const servers: Server[] = []
const ends: (() => Promise<void>)[] = []

/** A receiver on a free port; answers its port and how often it was called. */
async function receive(listener: RequestListener) {
  const called = vi.fn<(path: string) => void>()
  const server = createServer((request, response) => {
    called(request.url ?? '')
    listener(request, response)
  })
  servers.push(server)
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  const address = server.address()
  return { called, port: address !== null && typeof address === 'object' ? address.port : 0 }
}

function senderOf(options: Partial<Parameters<typeof makeWebhookSender>[0]> = {}) {
  const sender = makeWebhookSender({ isPrivateAllowed: true, ...options })
  ends.push(sender.close)
  return (url: string) => sender.send({ url, headers: {}, body: '{}' })
}

const answering =
  (...addresses: string[]): Resolver =>
  (_hostname, done) =>
    done(
      null,
      addresses.map((address) => ({ address, family: address.includes(':') ? 6 : 4 })),
    )

afterEach(async () => {
  for (const end of ends.splice(0)) await end()
  for (const server of servers.splice(0)) {
    server.closeAllConnections()
    await new Promise((resolve) => server.close(resolve))
  }
})

describe('calling a webhook', () => {
  test('a name is resolved once, and the address that was judged is the one that is called', async () => {
    const { port, called } = await receive((_request, response) => response.writeHead(204).end())
    const resolver = vi.fn(answering('127.0.0.1'))
    const outcome = await senderOf({ resolver })(`http://hooks.example:${port}/in`)
    expect(outcome).toMatchObject({ statusCode: 204, error: null })
    expect(called).toHaveBeenCalledExactlyOnceWith('/in')
    expect(resolver).toHaveBeenCalledTimes(1)
  })

  test('a name that leads to a private address is not called where that is off, not even among public ones', async () => {
    const { port, called } = await receive((_request, response) => response.writeHead(204).end())
    const send = senderOf({ isPrivateAllowed: false, resolver: answering('93.184.216.34', '127.0.0.1') })
    const outcome = await send(`http://hooks.example:${port}/`)
    expect(outcome.statusCode).toBeNull()
    expect(outcome.error).toContain('hooks.example: 127.0.0.1 is a private address')
    expect(called).not.toHaveBeenCalled()
    expect((await send(`http://127.0.0.1:${port}/`)).error).toContain('private address')
    expect(called).not.toHaveBeenCalled()
  })

  test('metadata addresses are not called by name either', async () => {
    const outcome = await senderOf({ resolver: answering('169.254.169.254') })('http://metadata.example/')
    expect(outcome.error).toContain('never called')
  })

  test('a redirect is not followed', async () => {
    const { port, called } = await receive((request, response) =>
      response.writeHead(request.url === '/a' ? 302 : 204, { location: '/b' }).end(),
    )
    const outcome = await senderOf()(`http://127.0.0.1:${port}/a`)
    expect(outcome).toMatchObject({ statusCode: 302 })
    expect(outcome.error).toContain('redirects are not followed')
    expect(called.mock.calls).toEqual([['/a']])
  })

  test('an endless answer is cut off and counts by its status', async () => {
    let isOpen = true
    const { port } = await receive((_request, response) => {
      response.writeHead(200)
      response.on('close', () => (isOpen = false))
      const pour = () => {
        while (isOpen && response.write('x'.repeat(65_536)));
        if (isOpen) response.once('drain', pour)
      }
      pour()
    })
    expect(await senderOf()(`http://127.0.0.1:${port}/`)).toMatchObject({ statusCode: 200, error: null })
    await vi.waitFor(() => expect(isOpen).toBe(false))
  })

  test('one that never answers is given up', async () => {
    const { port } = await receive(() => undefined)
    const outcome = await senderOf({ timeoutMs: 200 })(`http://127.0.0.1:${port}/`)
    expect(outcome).toMatchObject({ statusCode: null, error: 'It did not answer within 0.2 s' })
  })

  test('what stands in the way is said in words', async () => {
    const { port } = await receive((request) => request.socket.destroy())
    expect((await senderOf()(`http://127.0.0.1:${port}/`)).error).toContain('cut off before it answered')
    const [server] = servers.splice(0)
    server?.closeAllConnections()
    await new Promise((resolve) => server?.close(resolve))
    expect((await senderOf()(`http://127.0.0.1:${port}/`)).error).toBe(
      'Nothing listens at this address (ECONNREFUSED)',
    )
    const unknown: Resolver = (_hostname, done) =>
      done(Object.assign(new Error('getaddrinfo'), { code: 'ENOTFOUND' }), [])
    expect((await senderOf({ resolver: unknown })('http://no.example/')).error).toBe(
      'No host has this name (ENOTFOUND)',
    )
  })
})
