/** One plain server for every built page that is compared, so that only the pages differ: gzip, and nothing more. */
import { createReadStream, existsSync, readFileSync, statSync } from 'node:fs'
import { createServer, request, type IncomingMessage, type ServerResponse } from 'node:http'
import { connect, type AddressInfo } from 'node:net'
import path from 'node:path'
import { gzipSync } from 'node:zlib'

const types: Record<string, string> = {
  '.html': 'text/html; charset=utf-8',
  '.js': 'text/javascript',
  '.mjs': 'text/javascript',
  '.css': 'text/css',
  '.svg': 'image/svg+xml',
  '.json': 'application/json',
  '.wasm': 'application/wasm',
  '.png': 'image/png',
  '.ico': 'image/x-icon',
  '.woff2': 'font/woff2',
}
const isText = (extension: string) => /^\.(html|m?js|css|svg|json|wasm)$/.test(extension)
const isOfGateway = (url: string) => /^\/(api|socket\.io)\//.test(url)

export type PageServer = { url: string; close: () => Promise<void> }

/**
 * Serves the files of `folder`, packed once; an address that is no file is the page's own. `gatewayUrl`: where calls and
 * the socket go to, and who says which hints come with a page; without, there are none.
 */
export async function serveBuiltPage(folder: string, gatewayUrl?: string): Promise<PageServer> {
  const packed = new Map<string, Buffer>()
  const pack = (file: string) => {
    const known = packed.get(file) ?? gzipSync(readFileSync(file), { level: 9 })
    packed.set(file, known)
    return known
  }

  const answer = (asked: IncomingMessage, reply: ServerResponse) => {
    const url = asked.url ?? '/'
    if (isOfGateway(url) && gatewayUrl !== undefined) {
      passOn(asked, reply, gatewayUrl)
      return
    }
    const { pathname } = new URL(url, 'http://localhost')
    const wanted = path.join(folder, path.normalize(pathname))
    const isFile = existsSync(wanted) && statSync(wanted).isFile()
    if (!isFile && (isOfGateway(url) || path.extname(pathname) !== '')) {
      reply.writeHead(404).end()
      return
    }
    const file = isFile ? wanted : path.join(folder, 'index.html')
    const extension = path.extname(file)
    const type = { 'content-type': types[extension] ?? 'application/octet-stream' }
    if (!isText(extension)) {
      createReadStream(file).pipe(reply.writeHead(200, type))
      return
    }
    const send = (more: Record<string, string>) =>
      reply.writeHead(200, { ...type, ...more, 'content-encoding': 'gzip' }).end(pack(file))
    if (isFile || gatewayUrl === undefined) send({})
    else void hintsOf(asked, gatewayUrl).then(send)
  }

  const server = createServer(answer)
  server.on('upgrade', (asked, socket, head) => {
    if (gatewayUrl === undefined) {
      socket.destroy()
      return
    }
    const { hostname, port } = new URL(gatewayUrl)
    const upstream = connect(Number(port), hostname, () => {
      const headers = Object.entries(asked.headers).map(([name, value]) => `${name}: ${String(value)}`)
      upstream.write([`GET ${asked.url ?? '/'} HTTP/1.1`, ...headers, '', ''].join('\r\n'))
      upstream.write(head)
      socket.pipe(upstream).pipe(socket)
    })
    const end = () => {
      socket.destroy()
      upstream.destroy()
    }
    socket.on('error', end)
    upstream.on('error', end)
  })
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  const { port } = server.address() as AddressInfo
  return {
    url: `http://127.0.0.1:${String(port)}`,
    close: () =>
      new Promise((resolve) => {
        server.close(() => resolve())
        server.closeAllConnections()
      }),
  }
}

/** What the gateway names with a page is part of the page. */
async function hintsOf(asked: IncomingMessage, gatewayUrl: string): Promise<Record<string, string>> {
  const { headers } = await fetch(new URL(asked.url ?? '/', gatewayUrl), {
    method: 'HEAD',
    headers: { cookie: asked.headers.cookie ?? '' },
  })
  const link = headers.get('link')
  return link === null ? {} : { link }
}

function passOn(asked: IncomingMessage, reply: ServerResponse, gatewayUrl: string): void {
  const options = { method: asked.method ?? 'GET', headers: asked.headers }
  const sent = request(new URL(asked.url ?? '/', gatewayUrl), options, (answer) => {
    reply.writeHead(answer.statusCode ?? 502, answer.headers)
    answer.pipe(reply)
  })
  sent.on('error', () => reply.writeHead(502).end())
  asked.pipe(sent)
}
