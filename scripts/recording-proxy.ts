import { appendFileSync, writeFileSync } from 'node:fs'
import { createServer, request as httpRequest, type IncomingMessage, type ServerResponse } from 'node:http'
import { request as httpsRequest } from 'node:https'
import { withoutSecrets } from './recorded-secrets.ts'
import {
  answerHeaders,
  bodyOf,
  headersNamed,
  requestHeaders,
  type RecordedBody,
  type RecordedPair,
  type RecordingHead,
} from './source-recording.ts'

/** What the two ends of the proxy settle between themselves. */
const hopHeaders = [
  'host',
  'connection',
  'keep-alive',
  'transfer-encoding',
  'content-length',
  'accept-encoding',
]

export type RecordingProxy = {
  url: string
  /** Ends it; open streams are written down as open. */
  close: () => Promise<void>
}

/**
 * Stands between a client and a backend at `target`, on a free port of loopback or on `port`: everything is forwarded, and each
 * request with its answer becomes a line of `file`, which is begun anew. Tokens that pass are taken out of everything.
 */
export async function startRecordingProxy(options: {
  target: string
  file: string
  head: Omit<RecordingHead, 'kind'>
  port?: number
}): Promise<RecordingProxy> {
  const { file } = options
  const target = new URL(options.target)
  const secrets = new Set<string>()
  const open = new Set<Promise<void>>()
  let order = 0
  writeFileSync(file, `${JSON.stringify({ kind: 'wheelhouse-source-recording', ...options.head })}\n`)
  const write = (pair: RecordedPair) =>
    appendFileSync(file, `${JSON.stringify(withoutSecrets(pair, secrets))}\n`)

  async function serve(request: IncomingMessage, response: ServerResponse): Promise<void> {
    const path = request.url ?? '/'
    for (const secret of secretsOf(request, path)) secrets.add(secret)
    const began = { order: order++, method: request.method ?? 'GET', path }
    const sent = Buffer.concat(await request.toArray())
    const answer = await forward(target, request, sent)
    const body = await passOn(answer, response)
    // Nobody saw it whole: no more would a replay show it.
    if (body === 'broken off') return
    write({
      order: began.order,
      request: {
        method: began.method,
        path,
        headers: headersNamed(requestHeaders, request.headers),
        body: bodyOf(sent.toString('utf8'), request.headers['content-type']),
      },
      answer: {
        status: answer.statusCode ?? 502,
        headers: headersNamed(answerHeaders, answer.headers),
        body,
      },
    })
  }

  const server = createServer((request, response) => {
    const served = serve(request, response)
      // What the backend did not answer is not recorded: the client sees that the connection is gone.
      .catch(() => void response.destroy())
      .finally(() => open.delete(served))
    open.add(served)
  })
  await new Promise<void>((resolve, reject) => {
    server.once('error', reject)
    server.listen(options.port ?? 0, '127.0.0.1', resolve)
  })
  const address = server.address()
  if (address === null || typeof address === 'string') throw new Error('the proxy listens nowhere')
  return {
    url: `http://127.0.0.1:${String(address.port)}`,
    close: async () => {
      const closed = new Promise((resolve) => server.close(resolve))
      server.closeAllConnections()
      await closed
      await Promise.all(open)
    },
  }
}

/** What must not be written down, wherever it comes back. */
function secretsOf({ headers }: IncomingMessage, path: string): string[] {
  const search = new URL(path, 'http://proxy').searchParams
  const token = headers.authorization?.replace(/^\S+\s+/, '')
  return [token, headers.cookie, search.get('apikey')].filter((secret) => typeof secret === 'string')
}

function forward(target: URL, request: IncomingMessage, body: Buffer): Promise<IncomingMessage> {
  const send = target.protocol === 'https:' ? httpsRequest : httpRequest
  const headers = Object.fromEntries(
    Object.entries(request.headers).filter(([name]) => !hopHeaders.includes(name)),
  )
  return new Promise((resolve, reject) => {
    const outgoing = send(
      new URL(request.url ?? '/', target),
      {
        method: request.method,
        // Not compressed, so that it can be read.
        headers: { ...headers, 'content-length': body.length, 'accept-encoding': 'identity' },
      },
      resolve,
    )
    outgoing.once('error', reject)
    outgoing.end(body)
  })
}

/** Hands an answer over as it comes; resolves with its body when it ended, or when the client left. */
async function passOn(
  answer: IncomingMessage,
  response: ServerResponse,
): Promise<RecordedBody | 'broken off'> {
  const headers = Object.entries(answer.headers).filter(([name]) => !hopHeaders.includes(name))
  response.writeHead(answer.statusCode ?? 502, Object.fromEntries(headers))
  response.flushHeaders()
  const chunks: Buffer[] = []
  answer.on('data', (chunk: Buffer) => {
    chunks.push(chunk)
    response.write(chunk)
  })
  const isOpen = await new Promise<boolean>((resolve, reject) => {
    answer.once('end', () => resolve(false))
    answer.once('error', reject)
    response.once('close', () => {
      answer.off('error', reject)
      // Nobody listens any more.
      answer.on('error', () => undefined)
      answer.destroy()
      resolve(true)
    })
  })
  response.end()
  const text = Buffer.concat(chunks).toString('utf8')
  const type = answer.headers['content-type']
  if (type?.includes('ndjson') !== true) return isOpen ? 'broken off' : bodyOf(text, type)
  const lines = text.split('\n')
  // After the last end of a line there is nothing, or the beginning of one that did not come whole.
  return { lines: lines.slice(0, -1), isOpen }
}
