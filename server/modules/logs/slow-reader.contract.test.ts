import { io, type Socket } from 'socket.io-client'
import { afterAll, beforeAll, expect, test, vi } from 'vitest'
import { topicData, type ClientToServer, type ServerToClient } from '#contract/events'
import type { LogLine } from '#contract/log'
import { startTestApp, type TestApp } from '../../testing/test-app.ts'

const LINES = 20_000
const BURST = 500
/** Long enough that what the operating system buffers of a connection is a small part of all. */
const message = 'x'.repeat(4_000)

let app: TestApp
let url: string
beforeAll(async () => {
  app = await startTestApp()
  url = await app.listen()
  await app.start()
})
afterAll(() => app.close())

/** The TCP connection under a page's socket: pausing it is a reader that stopped reading. */
function wireOf(socket: Socket): { pause: () => void; resume: () => void } {
  const transport: object = socket.io.engine.transport
  return Reflect.get(transport, 'ws') as { pause: () => void; resume: () => void }
}

const lineOf = (id: number): LogLine => ({
  id,
  deviceUuid: 'a'.repeat(32),
  deviceName: 'lucid-fern',
  at: '2026-01-01T00:00:00.000Z',
  receivedAt: '2026-01-01T00:00:00.000Z',
  service: 'main',
  isSystem: false,
  isStderr: false,
  level: 'info',
  message,
})

/** Packets that the gateway keeps for its sockets. */
const waitingPackets = () =>
  [...app.io.sockets.sockets.values()].reduce((most, socket) => {
    const waiting: unknown = Reflect.get(socket.conn, 'writeBuffer')
    return Math.max(most, Array.isArray(waiting) ? waiting.length : 0)
  }, 0)

async function openReader(onPatch: ServerToClient['patch']) {
  const { cookie } = await app.signedIn('viewer')
  const socket: Socket<ServerToClient, ClientToServer> = io(url, {
    transports: ['websocket'],
    extraHeaders: { cookie },
  })
  socket.on('patch', onPatch)
  const topic = { kind: 'logs', selector: { device: [], service: [], level: [] } } as const
  const reply: unknown = await socket
    .timeout(10_000)
    .emitWithAck('subscribe', { id: 'slow', topic, since: null })
  expect(reply).toMatchObject({ ok: true })
  return socket
}

/** Lines in bursts with a tick after each, numbered from `first` on. */
async function flood(first: number, afterBurst: () => void = () => undefined) {
  for (let from = first; from < first + LINES; from += BURST) {
    const lines = Array.from({ length: BURST }, (_, index) => lineOf(from + index))
    app.changes.publish([{ kind: 'log', lines, fleetIdOf: new Map() }])
    await app.hub.tick()
    afterBurst()
  }
}

test('a reader that stops reading is told how many lines it missed, and the gateway keeps few for it', async () => {
  const delivered: number[] = []
  let dropped = 0
  const socket = await openReader((patch, taken) => {
    const data = topicData.logs.parse(patch.data)
    dropped += data.dropped
    for (const line of data.lines) delivered.push(line.id)
    taken?.()
  })

  wireOf(socket).pause()
  let mostWaiting = 0
  await flood(1, () => {
    mostWaiting = Math.max(mostWaiting, waitingPackets())
  })
  // A patch or two and what the heartbeat says, but not the flood.
  expect(mostWaiting).toBeLessThan(10)
  expect(delivered).toEqual([])

  wireOf(socket).resume()
  await vi.waitFor(() => expect(delivered.length + dropped).toBe(LINES), { timeout: 15_000 })
  expect(dropped).toBeGreaterThan(LINES / 4)
  expect(delivered.at(-1)).toBe(LINES)
  expect(delivered).toEqual([...new Set(delivered)].sort((a, b) => a - b))
  socket.disconnect()
})

test('a page that reads but is too busy to work through it gets what it can follow, and the count of the rest', async () => {
  const first = LINES + 1
  const delivered: number[] = []
  let dropped = 0
  const untaken: (() => void)[] = []
  let mostUntaken = 0
  const socket = await openReader((patch, taken) => {
    const data = topicData.logs.parse(patch.data)
    dropped += data.dropped
    for (const line of data.lines) delivered.push(line.id)
    if (taken) untaken.push(taken)
    mostUntaken = Math.max(mostUntaken, untaken.length)
  })

  await flood(first)
  await vi.waitFor(() => expect(untaken).toHaveLength(2))
  expect(delivered.length).toBeLessThan(LINES / 4)

  await vi.waitFor(
    () => {
      for (const taken of untaken.splice(0)) taken()
      expect(delivered.length + dropped).toBe(LINES)
    },
    { timeout: 15_000 },
  )
  expect(mostUntaken).toBe(2)
  expect(dropped).toBeGreaterThan(LINES / 4)
  expect(delivered.at(-1)).toBe(LINES * 2)
  expect(delivered).toEqual([...new Set(delivered)].sort((a, b) => a - b))
  socket.disconnect()
})
