import { request as httpRequest, type ClientRequest, type IncomingMessage } from 'node:http'
import { createGzip, constants, gzipSync } from 'node:zlib'
import { describe, expect, test, vi } from 'vitest'
import { deviceApiFixture } from '../../testing/device-api-fixture.ts'

const t = deviceApiFixture()

const line = (message: string, more: Record<string, unknown> = {}) => ({
  message,
  timestamp: t.app.clock.now().getTime(),
  isSystem: true,
  ...more,
})
const ndjson = (lines: readonly unknown[]) => lines.map((one) => `${JSON.stringify(one)}\n`).join('')
const messages = async () => (await t.logLines()).map((row) => row.message)
const until = (check: () => Promise<void>) => vi.waitFor(check, { timeout: 15_000, interval: 50 })

/** Opens a stream as a supervisor does: endless gzip, flushed after each write. */
function openStream(options: { key?: string; headers?: Record<string, string> } = {}) {
  const gzip = createGzip()
  const request: ClientRequest = httpRequest(`${t.url}/device/v2/${t.device.uuid}/log-stream`, {
    method: 'POST',
    headers: {
      authorization: `Bearer ${options.key ?? t.device.key}`,
      'content-type': 'application/x-ndjson',
      'content-encoding': 'gzip',
      ...options.headers,
    },
  })
  const answer = new Promise<number>((resolve, reject) => {
    request.on('response', (response: IncomingMessage) => {
      response.resume()
      resolve(response.statusCode ?? 0)
    })
    request.on('error', reject)
  })
  // Looked at only by the tests that expect an answer.
  answer.catch(() => undefined)
  request.flushHeaders()
  gzip.pipe(request)
  return {
    answer,
    request,
    write: (text: string) =>
      new Promise<void>((resolve) => {
        gzip.write(text)
        gzip.flush(constants.Z_SYNC_FLUSH, resolve)
      }),
    end: () => gzip.end(),
  }
}
/** One body, sent whole. */
const send = async (raw: Buffer, headers: Record<string, string> = {}) => {
  const response = await fetch(`${t.url}/device/v2/${t.device.uuid}/log-stream`, {
    method: 'POST',
    body: new Uint8Array(raw),
    headers: {
      authorization: `Bearer ${t.device.key}`,
      'content-type': 'application/x-ndjson',
      'content-encoding': 'gzip',
      ...headers,
    },
  })
  await response.arrayBuffer()
  return response.status
}

describe('row 9: log stream', () => {
  test('lines are stored while the stream stays open; 201 comes only at its end', async () => {
    const stream = openStream()
    let isAnswered = false
    void stream.answer.then(() => (isAnswered = true))
    await stream.write(ndjson([line('Supervisor starting')]))
    await until(async () => expect(await messages()).toEqual(['Supervisor starting']))
    const serviceId = t.release.serviceIds['main']
    await stream.write(
      ndjson([
        { message: 'ready', timestamp: 1, serviceId },
        { message: 'oh no', timestamp: 2, serviceId, isStdErr: true },
      ]),
    )
    await until(async () => expect(await messages()).toHaveLength(3))
    expect(isAnswered).toBe(false)
    stream.end()
    expect(await stream.answer).toBe(201)
    expect(await t.logLines()).toMatchObject([
      { is_system: true, service_name: null, level: 'info' },
      { is_system: false, service_name: 'main', level: 'info', is_stderr: false },
      { service_name: 'main', level: 'error', is_stderr: true, fleet_id: t.fleet.fleetId },
    ])
  })
  test('the last line needs no newline; a body without gzip and one without lines do too', async () => {
    expect(await send(gzipSync(JSON.stringify(line('last'))))).toBe(201)
    expect(await send(Buffer.from(ndjson([line('plain')])), { 'content-encoding': 'identity' })).toBe(201)
    expect(await send(gzipSync(''))).toBe(201)
    expect(await send(Buffer.alloc(0))).toBe(201)
    expect(await messages()).toEqual(['last', 'plain'])
  })
  test('what is no line of the protocol is skipped, the lines around it stay', async () => {
    const serviceId = t.release.serviceIds['main']
    const body = [
      JSON.stringify(line('first')),
      'this is not JSON',
      '{"half": ',
      '[]',
      'null',
      '5',
      '',
      '{"message":5,"timestamp":1,"isSystem":true}',
      '{"message":"no time","isSystem":true}',
      JSON.stringify({ message: 'neither system nor service', timestamp: 1 }),
      JSON.stringify({ message: 'unknown service', timestamp: 1, serviceId: 999_999 }),
      JSON.stringify({ message: 'dependent device', timestamp: 1, serviceId, uuid: 'x' }),
      '[[[[['.repeat(5000),
      JSON.stringify(line('last')),
    ].join('\n')
    expect(await send(gzipSync(body))).toBe(201)
    expect(await messages()).toEqual(['first', 'last'])
  })
  test('a line of 10 MB is left out with level memory, the ones around it stay', async () => {
    const huge = JSON.stringify(line('x'.repeat(10_000_000)))
    const body = `${JSON.stringify(line('before'))}\n${huge}\n${JSON.stringify(line('after'))}\n`
    expect(await send(gzipSync(body))).toBe(201)
    expect(await messages()).toEqual(['before', 'after'])
  })
  test('a long message is cut without breaking a character; NUL is left out', async () => {
    const message = `\u0000${'x'.repeat(9_998)}😀😀`
    expect(await send(gzipSync(ndjson([line(message), line('\ud800 half')])))).toBe(201)
    const [long, half] = await messages()
    expect(long).toBe(`${'x'.repeat(9_998)}\ufffd`)
    expect(half).toBe('\ufffd half')
  })
  test('half a gzip stream: all that could be read of it is stored', async () => {
    const whole = gzipSync(
      ndjson(Array.from({ length: 400 }, (_, index) => line(`line ${index} ${Math.random()}`))),
    )
    expect(await send(whole.subarray(0, whole.length / 2))).toBe(201)
    expect((await messages()).length).toBeGreaterThan(50)
  })
  test('garbage after good lines is 400, and the good lines are stored', async () => {
    const stream = openStream()
    await stream.write(ndjson([line('good')]))
    await until(async () => expect(await messages()).toEqual(['good']))
    stream.request.write(Buffer.from('this is not gzip at all, by no means'))
    expect(await stream.answer).toBe(400)
    expect(await messages()).toEqual(['good'])
    expect(await send(Buffer.from('no gzip'))).toBe(400)
  })
  test('a connection that just goes keeps every line that had come', async () => {
    const stream = openStream()
    await stream.write(ndjson([line('first')]))
    await until(async () => expect(await messages()).toHaveLength(1))
    await stream.write(ndjson(Array.from({ length: 500 }, (_, index) => line(`line ${index}`))))
    await vi.waitFor(() => expect(stream.request.socket?.writableLength).toBe(0))
    stream.request.destroy()
    await until(async () => expect(await messages()).toHaveLength(501))
  })
  test('a connection that goes before its device was looked up leaves nothing behind', async () => {
    const stream = openStream()
    await new Promise((resolve) => stream.request.once('socket', resolve))
    await vi.waitFor(() => expect(stream.request.socket?.connecting).toBe(false))
    stream.request.destroy()
    const fresh = openStream()
    fresh.end()
    expect(await fresh.answer).toBe(201)
    await t.app.deviceApi.flush()
  })
  test('a device that comes again replaces its stale connection', async () => {
    const stale = openStream()
    await stale.write(ndjson([line('from the first')]))
    await until(async () => expect(await messages()).toHaveLength(1))
    const closed = new Promise((resolve) => stale.request.once('close', resolve))
    const fresh = openStream()
    await fresh.write(ndjson([line('from the second')]))
    await until(async () => expect(await messages()).toEqual(['from the first', 'from the second']))
    await closed
    fresh.end()
    expect(await fresh.answer).toBe(201)
  })
  test('no key, a wrong key, another device’s key and a deleted device are 401', async () => {
    expect(await openStream({ key: 'wrong' }).answer).toBe(401)
    expect(await openStream({ headers: { authorization: '' } }).answer).toBe(401)
    await t.remove()
    expect(await openStream().answer).toBe(401)
  })
  test('a stream that is open while its device is deleted ends', async () => {
    const stream = openStream()
    await stream.write(ndjson([line('still there')]))
    await until(async () => expect(await messages()).toHaveLength(1))
    const closed = new Promise((resolve) => stream.request.once('close', resolve))
    await t.remove()
    await closed
    expect(await messages()).toHaveLength(1)
  })
  test.each(['application/json', 'text/plain', 'application/x-ndjson-x'])(
    'the type %s is 415',
    async (type) => {
      expect(await openStream({ headers: { 'content-type': type } }).answer).toBe(415)
    },
  )
  test('a clock years off: the line keeps the device’s time and the gateway’s', async () => {
    const times = [0, Date.parse('1999-01-01'), Date.parse('2077-01-01'), 1e300, -5]
    expect(await send(gzipSync(ndjson(times.map((timestamp) => line('tick', { timestamp })))))).toBe(201)
    const rows = await t.logLines()
    const now = t.app.clock.now()
    expect(rows.map((row) => row.received_at)).toEqual(times.map(() => now))
    expect(rows.map((row) => row.at.toISOString().slice(0, 4))).toEqual([
      '1970',
      '1999',
      '2077',
      '2026',
      '2026',
    ])
  })
  test('a clock that is ahead becomes a reason of the host OS', async () => {
    const timestamp = t.app.clock.now().getTime() + 3 * 3_600_000
    await send(gzipSync(ndjson([line('from the future', { timestamp })])))
    await t.app.deviceApi.flush()
    expect((await t.stored()).health_reasons).toContainEqual(
      expect.objectContaining({ code: 'clock-skew', layer: 'host-os' }),
    )
  })
  test('a flood beyond the rate is cut, with a marker that says by how much', async () => {
    const flood = ndjson(Array.from({ length: 6_000 }, (_, index) => line(`${index}`)))
    expect(await send(gzipSync(flood))).toBe(201)
    const rows = await messages()
    expect(rows).toHaveLength(5_001)
    expect(rows.at(-1)).toMatch(/^1000 lines dropped/)
  })
})

describe('row 10: log batches', () => {
  const post = (body: unknown, key = t.device.key) =>
    t.calls.post(`/device/v2/${t.device.uuid}/logs`, { key, body })

  test('up to ten lines are stored and answered 201; bad ones among them are skipped', async () => {
    const lines = [...Array.from({ length: 8 }, (_, index) => line(`${index}`)), 'no line', { message: 1 }]
    expect((await post(lines)).status).toBe(201)
    expect(await messages()).toHaveLength(8)
    expect((await post([])).status).toBe(201)
  })
  test('more than ten lines and what is no list are 400', async () => {
    expect((await post(Array.from({ length: 11 }, () => line('x')))).status).toBe(400)
    expect((await post({ message: 'x' })).status).toBe(400)
    expect(
      (await t.calls.post(`/device/v2/${t.device.uuid}/logs`, { key: t.device.key, raw: '[' })).status,
    ).toBe(400)
    expect(await messages()).toEqual([])
  })
  test('fifteen batches in ten seconds, then 429, then again', async () => {
    for (let batch = 0; batch < 15; batch++) expect((await post([line('x')])).status).toBe(201)
    expect((await post([line('x')])).status).toBe(429)
    t.app.clock.advance(10_000)
    expect((await post([line('x')])).status).toBe(201)
  })
  test('a wrong key and a deleted device are 401', async () => {
    expect((await post([line('x')], 'wrong')).status).toBe(401)
    await t.remove()
    expect((await post([line('x')])).status).toBe(401)
  })
})
