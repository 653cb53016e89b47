import { connect } from 'node:net'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { gzipSync } from 'node:zlib'
import { deviceCalls } from './testing/device-calls.ts'
import { seedDevice, seedFleet, type SeededDevice } from './testing/fleet-seed.ts'
import { startTestApp, type TestApp } from './testing/test-app.ts'

/** Between two bytes; so slowly a body of a kilobyte takes longer than any test waits. */
const PAUSE_MS = 20

/** Sends `head`, then byte after byte of `body`, until the connection ends; answers all that came back. */
function dribble(url: string, head: readonly string[], body: Buffer | string): Promise<string> {
  const { hostname, port } = new URL(url)
  const socket = connect(Number(port), hostname).setEncoding('latin1')
  const bytes = Buffer.from(body)
  let answer = ''
  let at = 0
  socket.write(head.join('\r\n'))
  const timer = setInterval(() => {
    if (socket.writable) socket.write(bytes.subarray(at, ++at))
  }, PAUSE_MS)
  return new Promise((resolve) => {
    socket.on('data', (chunk) => (answer += String(chunk)))
    // A connection that is cut while it is written to breaks; what counts is that it has ended.
    socket.on('error', () => undefined)
    socket.on('close', () => {
      clearInterval(timer)
      resolve(answer)
    })
  })
}

describe('a request that does not come in time', () => {
  let app: TestApp
  let url: string
  let device: SeededDevice
  beforeAll(async () => {
    app = await startTestApp({ environment: { WHEELHOUSE_REQUEST_SECONDS: '1' } })
    url = await app.listen()
    device = await seedDevice(app.db, await seedFleet(app.db))
  })
  afterAll(() => app.close())

  const endless = Buffer.alloc(10_000, ' ')
  const from = (first: string, ...headers: string[]) => [
    `${first} HTTP/1.1`,
    'host: test',
    ...headers,
    '',
    '',
  ]
  const json = 'content-type: application/json'

  test.each([
    ['of a person', () => from('POST /api/v1/session', json, 'content-length: 10000')],
    [
      'of a device',
      () =>
        from('PATCH /device/v3/state', json, 'content-length: 10000', `authorization: Bearer ${device.key}`),
    ],
    ['for no address', () => from('POST /nowhere', json, 'content-length: 10000')],
  ])('%s is answered 408, and its connection ends', async (_who, head) => {
    const answer = await dribble(url, head(), endless)
    expect(answer).toMatch(/^HTTP\/1\.1 408 /)
    expect(answer.toLowerCase()).toContain('connection: close')
    expect(answer).toContain('Its body must have come within 1 s')
  })
  test('in chunks is answered so too', async () => {
    const head = from('POST /api/v1/session', json, 'transfer-encoding: chunked')
    expect(await dribble(url, head, '1\r\n \r\n'.repeat(2_000))).toMatch(/^HTTP\/1\.1 408 /)
  })
  test('and is packed is cut off', async () => {
    const head = from('POST /api/v1/session', json, 'content-encoding: gzip', 'content-length: 10000')
    expect(await dribble(url, head, Buffer.concat([gzipSync('{}'), endless]))).not.toMatch(/^HTTP\/1\.1 2/)
  })
  test('whose headers never end is answered 408', async () => {
    const head = ['GET /api/v1/fleets HTTP/1.1', 'host: test', 'x-slow: ']
    expect(await dribble(url, head, 'x'.repeat(2_000))).toMatch(/^HTTP\/1\.1 408 /)
  })
  test('does not touch a stream of log lines, which has no end', async () => {
    const lines = ['first', 'second', 'third']
    const body = lines
      .map((message) => `${JSON.stringify({ message, timestamp: 1, isSystem: true })}\n`)
      .join('')
    const head = from(
      `POST /device/v2/${device.uuid}/log-stream`,
      'content-type: application/x-ndjson',
      `content-length: ${Buffer.byteLength(body)}`,
      'connection: close',
      `authorization: Bearer ${device.key}`,
    )
    // At this pace it takes several times as long as other bodies may.
    expect(await dribble(url, head, body)).toMatch(/^HTTP\/1\.1 201 /)
    const stored = await app.db.selectFrom('log_line').select('message').orderBy('id').execute()
    expect(stored.map(({ message }) => message)).toEqual(lines)
  })
  test('leaves alone what came whole, and connections that are kept', async () => {
    const calls = deviceCalls(url)
    for (let turn = 0; turn < 3; turn++)
      expect((await calls.report(device, { status: 'Idle' })).status).toBe(200)
  })
})

describe('JSON that is nested deep', () => {
  let app: TestApp
  let url: string
  beforeAll(async () => {
    app = await startTestApp()
    url = await app.listen()
  })
  afterAll(() => app.close())

  test.each([
    ['/api/v1/session', 'arrays', '['.repeat(500_000)],
    ['/api/v1/session', 'objects in a field', `{"email":${'{"a":'.repeat(65)}1${'}'.repeat(66)}`],
    ['/device/v3/state', 'arrays of a device', `{"uuid":${'['.repeat(65)}${']'.repeat(65)}}`],
  ])('%s: %s are refused with the reason', async (path, _what, raw) => {
    const calls = deviceCalls(url)
    const method = path === '/device/v3/state' ? 'PATCH' : 'POST'
    const answer = await calls.call(method, path, { raw })
    expect(answer.status).toBe(400)
    expect(answer.json()).toMatchObject({
      errors: [{ field: 'body', reason: 'is nested deeper than 64 arrays and objects' }],
    })
  })
  test('brackets in texts do not count', async () => {
    const answer = await deviceCalls(url).post('/api/v1/session', {
      body: { email: '['.repeat(200), password: '{"'.repeat(80) },
    })
    expect(answer.status).toBe(401)
  })
})
