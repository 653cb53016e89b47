import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import { Server, type Socket } from 'socket.io'
import { afterEach, beforeEach, expect, test, vi } from 'vitest'
import type { ClientToServer, ServerToClient, SubscribeReply, SubscribeRequest } from '#contract/events'
import { useConnection } from './connection.store'
import { createLiveClient, type LiveClient, type WatchHandlers } from './live-client'

type Gateway = Server<ClientToServer, ServerToClient>

const until = (claim: () => void) => vi.waitFor(claim, { interval: 5, timeout: 10_000 })
const fleet = { kind: 'fleet', fleetId: 7 } as const

/** The gateway's side of the socket: remembers what was asked and answers as the test says. */
async function startGateway() {
  const http = createServer()
  const io: Gateway = new Server(http, { serveClient: false })
  const asked: SubscribeRequest[] = []
  const givenUp: string[] = []
  const sockets: Socket<ClientToServer, ServerToClient>[] = []
  let reply: SubscribeReply = { ok: true, cursor: 10, isResync: false }
  let refusal: string | null = null
  io.use((_socket, next) => next(refusal === null ? undefined : new Error(refusal)))
  io.on('connection', (socket) => {
    sockets.push(socket)
    socket.on('subscribe', (request, answer) => {
      asked.push(request as SubscribeRequest)
      answer(reply)
    })
    socket.on('unsubscribe', ({ id }) => givenUp.push(id))
  })
  await new Promise<void>((resolve) => http.listen(0, '127.0.0.1', resolve))
  return {
    url: `http://127.0.0.1:${String((http.address() as AddressInfo).port)}`,
    asked,
    givenUp,
    sockets,
    send: io.emit.bind(io),
    answerWith: (next: SubscribeReply) => (reply = next),
    refuseWith: (message: string | null) => (refusal = message),
    stop: () => io.close(),
  }
}

let gateway: Awaited<ReturnType<typeof startGateway>>
let client: LiveClient
const onSignedOut = vi.fn()

function handlers(since: () => number | null = () => null) {
  return { since, onPatch: vi.fn(), onResync: vi.fn(), onRefused: vi.fn() } satisfies WatchHandlers<'fleet'>
}

beforeEach(async () => {
  useConnection.setState({ status: 'connecting', lastHeardAtMs: null, reason: null })
  onSignedOut.mockReset()
  gateway = await startGateway()
  client = createLiveClient({ url: gateway.url, onSignedOut, onRightsChanged: vi.fn() })
})
afterEach(async () => {
  client.close()
  await gateway.stop()
})

test('what is watched before there is a connection is asked for when there is one', async () => {
  const own = handlers()
  client.watch(fleet, own)
  client.connect()
  await until(() => expect(gateway.asked).toHaveLength(1))
  expect(gateway.asked[0]).toMatchObject({ topic: fleet, since: null })
  await until(() => expect(useConnection.getState().status).toBe('live'))
  expect(own.onResync).not.toHaveBeenCalled()
})

test('a patch reaches the one who watches, and nobody else', async () => {
  const own = handlers()
  const other = handlers()
  client.watch(fleet, own)
  client.watch({ kind: 'fleet', fleetId: 8 }, other)
  client.connect()
  await until(() => expect(gateway.asked).toHaveLength(2))
  const id = gateway.asked.find(({ topic }) => topic.kind === 'fleet' && topic.fleetId === 7)!.id
  gateway.send('patch', { id, kind: 'fleet', from: 10, to: 12, data: { fleet: null } })
  await until(() => expect(own.onPatch).toHaveBeenCalledTimes(1))
  expect(own.onPatch).toHaveBeenCalledWith({ from: 10, to: 12, data: { fleet: null } })
  expect(other.onPatch).not.toHaveBeenCalled()
})

test('a patch of a stream is said to be taken once it was handed on', async () => {
  const own = handlers()
  client.watch(fleet, own)
  client.connect()
  await until(() => expect(gateway.asked).toHaveLength(1))
  const callsWhenTaken: number[] = []
  const { id } = gateway.asked[0]!
  gateway.sockets[0]!.emit('patch', { id, kind: 'fleet', from: 10, to: 12, data: { fleet: null } }, () =>
    callsWhenTaken.push(own.onPatch.mock.calls.length),
  )
  await until(() => expect(callsWhenTaken).toEqual([1]))
})

test('a patch the page cannot read is as good as a lost one', async () => {
  const own = handlers()
  client.watch(fleet, own)
  client.connect()
  await until(() => expect(gateway.asked).toHaveLength(1))
  gateway.send('patch', { id: gateway.asked[0]!.id, kind: 'fleet', from: 1, to: 2, data: { fleet: 'gone' } })
  await until(() => expect(own.onResync).toHaveBeenCalledTimes(1))
  expect(own.onPatch).not.toHaveBeenCalled()
})

test('after a lost connection it asks again from the revision held by then', async () => {
  let revision: number | null = null
  const own = handlers(() => revision)
  client.watch(fleet, own)
  client.connect()
  await until(() => expect(gateway.asked).toHaveLength(1))
  revision = 42
  gateway.answerWith({ ok: true, cursor: 99, isResync: true })
  gateway.sockets[0]!.conn.close()
  await until(() => expect(useConnection.getState().status).toBe('reconnecting'))
  await until(() => expect(gateway.asked).toHaveLength(2))
  expect(gateway.asked[1]).toMatchObject({ topic: fleet, since: 42 })
  await until(() => expect(own.onResync).toHaveBeenCalledTimes(1))
  expect(useConnection.getState().status).toBe('live')
})

test('it also comes back when the gateway itself closed the socket, and tells why it did', async () => {
  client.connect()
  await until(() => expect(useConnection.getState().status).toBe('live'))
  gateway.sockets[0]!.emit('goodbye', { reason: 'too-slow' })
  await until(() => expect(useConnection.getState().reason).toBe('too-slow'))
  gateway.sockets[0]!.disconnect(true)
  await until(() => expect(gateway.sockets).toHaveLength(2))
  await until(() => expect(useConnection.getState()).toMatchObject({ status: 'live', reason: null }))
})

test('a resync asked for by the gateway reaches the one who watches', async () => {
  const own = handlers()
  client.watch(fleet, own)
  client.connect()
  await until(() => expect(gateway.asked).toHaveLength(1))
  gateway.send('resync', { id: gateway.asked[0]!.id })
  await until(() => expect(own.onResync).toHaveBeenCalledTimes(1))
})

test('a refused subscription says why', async () => {
  const problem = {
    type: 'urn:wheelhouse:problem:forbidden',
    title: 'Not allowed',
    status: 403,
    code: 'forbidden',
    requestId: 'r1',
  }
  gateway.answerWith({ ok: false, problem })
  const own = handlers()
  client.watch(fleet, own)
  client.connect()
  await until(() => expect(own.onRefused).toHaveBeenCalledWith(problem))
})

test('what nobody watches any more is given up', async () => {
  const own = handlers()
  const stop = client.watch(fleet, own)
  client.connect()
  await until(() => expect(gateway.asked).toHaveLength(1))
  const { id } = gateway.asked[0]!
  stop()
  await until(() => expect(gateway.givenUp).toEqual([id]))
  gateway.send('patch', { id, kind: 'fleet', from: 10, to: 11, data: { fleet: null } })
  gateway.send('heartbeat', { at: new Date().toISOString() })
  const before = useConnection.getState().lastHeardAtMs
  await until(() => expect(useConnection.getState().lastHeardAtMs).toBeGreaterThanOrEqual(before ?? 0))
  expect(own.onPatch).not.toHaveBeenCalled()
})

test('without a session it stops trying and says so', async () => {
  gateway.refuseWith('unauthorized')
  client.connect()
  await until(() => expect(onSignedOut).toHaveBeenCalledTimes(1))
  expect(gateway.sockets).toHaveLength(0)
})

test('a session that ends while connected is told as signed out', async () => {
  client.connect()
  await until(() => expect(gateway.sockets).toHaveLength(1))
  gateway.sockets[0]!.emit('goodbye', { reason: 'signed-out' })
  await until(() => expect(onSignedOut).toHaveBeenCalledTimes(1))
})
