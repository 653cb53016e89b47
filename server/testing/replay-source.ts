import { readFileSync } from 'node:fs'
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http'
import {
  bodyOf,
  headersNamed,
  readRecording,
  requestHeaders,
  textOf,
  type RecordedPair,
  type RecordingHead,
} from '../../scripts/source-recording.ts'

const UNEXPECTED = 599

export type SourceReplay = {
  url: string
  head: RecordingHead
  /** Throws, naming them, where requests came that the recording has no answer for. */
  expectNothingUnexpected: () => void
  close: () => Promise<void>
}

/** The same for bodies that differ only in the order of their fields. */
const inOrder = (value: unknown): unknown => {
  if (Array.isArray(value)) return value.map(inOrder)
  if (value === null || typeof value !== 'object') return value
  return Object.fromEntries(
    Object.entries(value)
      .sort(([a], [b]) => (a < b ? -1 : 1))
      .map(([key, item]: [string, unknown]) => [key, inOrder(item)]),
  )
}
const keyOf = ({ method, path, headers, body }: RecordedPair['request']) =>
  JSON.stringify([method, path, inOrder(headers), inOrder(body)])

/**
 * A backend that says again what was recorded in `file`, and nothing else: a request is answered by the first recorded answer to
 * the very same request (method, address, body, headers that matter) that was not used yet, whatever is asked between. One that
 * was not recorded, or not so often, is answered 599 and remembered.
 */
export async function startReplay(file: string): Promise<SourceReplay> {
  const { head, pairs } = readRecording(readFileSync(file, 'utf8'))
  const waiting = new Map<string, RecordedPair[]>()
  for (const pair of pairs) {
    const key = keyOf(pair.request)
    waiting.set(key, [...(waiting.get(key) ?? []), pair])
  }
  const unexpected: string[] = []

  async function serve(request: IncomingMessage, response: ServerResponse): Promise<void> {
    const text = Buffer.concat(await request.toArray()).toString('utf8')
    const asked = {
      method: request.method ?? 'GET',
      path: request.url ?? '/',
      headers: headersNamed(requestHeaders, request.headers),
      body: bodyOf(text, request.headers['content-type']),
    }
    const answers = waiting.get(keyOf(asked))
    const next = answers?.shift()
    if (next) {
      answer(next.answer, response)
      return
    }
    const why = answers ? 'was recorded, but not so often' : 'was not recorded'
    const told = `${asked.method} ${asked.path}${text === '' ? '' : ` ${text}`} ${why}`
    unexpected.push(told)
    response.writeHead(UNEXPECTED, { 'content-type': 'text/plain; charset=utf-8' }).end(told)
  }

  const server = createServer((request, response) => void serve(request, response))
  await new Promise<void>((resolve, reject) => {
    server.once('error', reject)
    server.listen(0, '127.0.0.1', resolve)
  })
  const address = server.address()
  if (address === null || typeof address === 'string') throw new Error('the replay listens nowhere')
  return {
    url: `http://127.0.0.1:${String(address.port)}`,
    head,
    expectNothingUnexpected: () => {
      const told = unexpected.splice(0)
      if (told.length > 0) throw new Error(`Unexpected by the recording:\n${told.join('\n')}`)
    },
    close: () =>
      new Promise((resolve) => {
        server.close(() => resolve())
        server.closeAllConnections()
      }),
  }
}

function answer({ status, headers, body }: RecordedPair['answer'], response: ServerResponse): void {
  response.sendDate = false
  response.writeHead(status, headers)
  const text = textOf(body)
  // A stream that had not ended stays open until the client goes away.
  if (body !== null && 'lines' in body && body.isOpen) {
    response.flushHeaders()
    response.write(text)
  } else response.end(text)
}
