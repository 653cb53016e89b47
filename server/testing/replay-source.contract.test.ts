import { once } from 'node:events'
import { mkdtemp, readdir, readFile, rm } from 'node:fs/promises'
import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http'
import { tmpdir } from 'node:os'
import path from 'node:path'
import { afterAll, afterEach, beforeAll, beforeEach, expect, test } from 'vitest'
import { withoutSecrets } from '../../scripts/recorded-secrets.ts'
import { startRecordingProxy, type RecordingProxy } from '../../scripts/recording-proxy.ts'
import { readRecording } from '../../scripts/source-recording.ts'
import { startReplay, type SourceReplay } from './replay-source.ts'

const TOKEN = 'a-token-of-the-client'
const head = { product: 'test', version: '1', recordedAt: '2026-01-15T12:00:00.000Z', scene: { uuid: 'u' } }

/** Counts how often it was asked for `/count`, takes JSON, and streams lines that do not end. */
let count = 0
async function serve(request: IncomingMessage, response: ServerResponse): Promise<void> {
  const body = Buffer.concat(await request.toArray()).toString('utf8')
  const json = (value: unknown) =>
    response
      .writeHead(200, { 'content-type': 'application/json', etag: `"${count}"` })
      .end(JSON.stringify(value))
  if (request.url === '/count') json({ d: [++count], who: request.headers.authorization })
  else if (request.url === '/echo') json(JSON.parse(body))
  else if (request.url === '/lines') {
    response.writeHead(200, { 'content-type': 'application/x-ndjson' })
    response.write('{"message":"one"}\n{"mess')
    response.write('age":"two"}\n{"half')
  } else response.writeHead(404, { 'content-type': 'text/plain' }).end('nothing here')
}

let backend: Server
let backendUrl: string
let folder: string
let file: string
let proxy: RecordingProxy | null = null
let replay: SourceReplay | null = null
beforeAll(async () => {
  backend = createServer((request, response) => void serve(request, response)).listen(0, '127.0.0.1')
  await once(backend, 'listening')
  const address = backend.address()
  if (address === null || typeof address === 'string') throw new Error('the backend listens nowhere')
  backendUrl = `http://127.0.0.1:${address.port}`
  folder = await mkdtemp(path.join(tmpdir(), 'wheelhouse-recording-'))
})
afterAll(async () => {
  backend.closeAllConnections()
  backend.close()
  await rm(folder, { recursive: true })
})
beforeEach(async () => {
  count = 0
  file = path.join(folder, `${crypto.randomUUID()}.jsonl`)
  proxy = await startRecordingProxy({ target: backendUrl, file, head })
})
afterEach(async () => {
  await proxy?.close()
  await replay?.close()
  proxy = replay = null
})

const call = async (on: { url: string } | null, asked: string, init: RequestInit = {}) => {
  const response = await fetch(`${on?.url ?? ''}${asked}`, {
    ...init,
    headers: { authorization: `Bearer ${TOKEN}`, ...Object.fromEntries(new Headers(init.headers)) },
  })
  return { status: response.status, text: await response.text(), etag: response.headers.get('etag') }
}
const posted = (body: unknown): RequestInit => ({
  method: 'POST',
  body: JSON.stringify(body),
  headers: { 'content-type': 'application/json' },
})

/** The first so many lines of a stream that does not end; then it is left. */
async function linesOf(on: { url: string } | null, wanted: number): Promise<string[]> {
  const leave = new AbortController()
  const response = await fetch(`${on?.url ?? ''}/lines`, { signal: leave.signal })
  if (!response.body) throw new Error('there is no stream')
  let text = ''
  const decoder = new TextDecoder()
  const reader = response.body.getReader()
  while (text.split('\n').length <= wanted) {
    const { done, value } = await reader.read()
    if (done) break
    text += decoder.decode(value, { stream: true })
  }
  leave.abort()
  return text.split('\n').slice(0, wanted)
}

/** Ends the recording and replays it. */
async function turnRound(): Promise<SourceReplay> {
  await proxy?.close()
  proxy = null
  replay = await startReplay(file)
  return replay
}

test('what was recorded is said again, in its order for each request, whatever is asked between', async () => {
  const first = await call(proxy, '/count')
  const echo = await call(proxy, '/echo', posted({ a: 1, b: 2 }))
  const second = await call(proxy, '/count')
  const missing = await call(proxy, '/nowhere?a=b')
  expect([first.status, missing.status]).toEqual([200, 404])

  const again = await turnRound()
  expect(again.head).toEqual({ kind: 'wheelhouse-source-recording', ...head })
  expect(await call(again, '/nowhere?a=b')).toEqual(missing)
  const token = (text: string) => text.replace(TOKEN, '[secret]')
  expect(await call(again, '/count')).toEqual({ ...first, text: token(first.text) })
  expect(await call(again, '/count')).toEqual({ ...second, text: token(second.text) })
  expect(await call(again, '/echo', posted({ b: 2, a: 1 }))).toEqual(echo)
  again.expectNothingUnexpected()
})

test('a request that was not recorded, not so or not so often is answered 599 and named', async () => {
  await call(proxy, '/count')
  await call(proxy, '/echo', posted({ a: 1 }))
  const again = await turnRound()
  expect((await call(again, '/count')).status).toBe(200)
  expect((await call(again, '/count')).status).toBe(599)
  expect((await call(again, '/count?a')).status).toBe(599)
  expect((await call(again, '/echo', posted({ a: 2 }))).status).toBe(599)
  expect((await call(again, '/count', { headers: { 'if-none-match': '"1"' } })).status).toBe(599)
  expect(() => again.expectNothingUnexpected()).toThrow(
    [
      'Unexpected by the recording:',
      'GET /count was recorded, but not so often',
      'GET /count?a was not recorded',
      'POST /echo {"a":2} was not recorded',
      'GET /count was not recorded',
    ].join('\n'),
  )
  again.expectNothingUnexpected()
})

test('lines come in their order, and a stream that was left open stays open', async () => {
  expect(await linesOf(proxy, 2)).toEqual(['{"message":"one"}', '{"message":"two"}'])
  const again = await turnRound()
  expect(await readFile(file, 'utf8')).toContain('"isOpen":true')
  expect(await linesOf(again, 2)).toEqual(['{"message":"one"}', '{"message":"two"}'])
})

test('no token is written down, also where the backend says it back', async () => {
  await call(proxy, '/count')
  await turnRound()
  expect(await readFile(file, 'utf8')).not.toContain(TOKEN)
})

test('recordings that are kept hold nothing that is taken out of one', async () => {
  const sources = path.resolve(import.meta.dirname, '../sources')
  const kept = (await readdir(sources, { recursive: true })).filter((name) => name.endsWith('.jsonl'))
  expect(kept).not.toEqual([])
  for (const name of kept) {
    const { pairs } = readRecording(await readFile(path.join(sources, name), 'utf8'))
    expect(pairs.map((pair) => withoutSecrets(pair, new Set()))).toEqual(pairs)
  }
})
