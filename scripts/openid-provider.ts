/**
 * A real OpenID provider for tests, on a free port of this machine. Its pages take any login that is in `people`, and any
 * password.
 */
import { randomBytes } from 'node:crypto'
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http'
import Provider from 'oidc-provider'

export const CLIENT_ID = 'wheelhouse'
export const CLIENT_SECRET = 'the secret of the gateway, known to both'
const MOST_STEPS = 20

export type ProviderPerson = { name: string; email: string; groups: string[] }

export type OpenIdProvider = {
  issuer: string
  /** Who has an account, by login, which is their subject too. */
  people: Map<string, ProviderPerson>
  /** Lets a gateway in that is called back at this address. */
  admit: (redirectUri: string) => void
  /** Stops listening; `start` listens again on the same port. */
  stop: () => Promise<void>
  start: () => Promise<void>
  /**
   * Does what a browser does from this address on: signs in as `login` and agrees, or calls it off where that is null. Answers
   * the address at which the gateway is called back.
   */
  visit: (address: string, login: string | null) => Promise<string>
}

/** Listens by name, so that for a browser it is another site than a gateway on 127.0.0.1. */
const HOST = 'localhost'

export async function startOpenIdProvider(): Promise<OpenIdProvider> {
  const people: OpenIdProvider['people'] = new Map()
  let serve: (request: IncomingMessage, response: ServerResponse) => unknown = (_request, response) =>
    response.writeHead(503).end()
  const server = createServer((request, response) => void serve(request, response))
  const listen = (port: number) =>
    new Promise<void>((resolve, reject) => {
      server.once('error', reject)
      server.listen(port, '127.0.0.1', () => {
        server.off('error', reject)
        resolve()
      })
    })
  await listen(0)
  const address = server.address()
  if (address === null || typeof address === 'string') throw new Error('the provider listens nowhere')
  const { port } = address
  const issuer = `http://${HOST}:${String(port)}`
  return {
    issuer,
    people,
    admit: (redirectUri) => {
      serve = makeProvider(issuer, redirectUri, people).callback()
    },
    start: () => listen(port),
    stop: () =>
      new Promise((resolve) => {
        server.closeAllConnections()
        server.close(() => resolve())
      }),
    visit: (from, login) => visit(from, login, issuer),
  }
}

const makeProvider = (issuer: string, redirectUri: string, people: OpenIdProvider['people']) =>
  new Provider(issuer, {
    clients: [
      {
        client_id: CLIENT_ID,
        client_secret: CLIENT_SECRET,
        redirect_uris: [redirectUri],
        grant_types: ['authorization_code'],
        response_types: ['code'],
      },
    ],
    scopes: ['openid', 'profile', 'email', 'groups'],
    claims: { openid: ['sub'], profile: ['name'], email: ['email'], groups: ['groups'] },
    pkce: { methods: ['S256'], required: () => true },
    ttl: { AccessToken: 600, IdToken: 600, Interaction: 600, Session: 600, Grant: 600 },
    cookies: { keys: [randomBytes(16).toString('hex')] },
    findAccount: (_context, login) => {
      const person = people.get(login)
      return person && { accountId: login, claims: () => ({ sub: login, ...person }) }
    },
  })

/** Cookies as a browser keeps them: by name and path. */
class Jar {
  readonly #cookies = new Map<string, { pair: string; path: string }>()

  keep(response: Response): void {
    for (const line of response.headers.getSetCookie()) {
      const [pair = '', ...attributes] = line.split('; ')
      const path = attributes.find((one) => /^path=/i.test(one))?.slice('path='.length) ?? '/'
      const key = `${pair.split('=')[0] ?? ''} ${path}`
      if (attributes.some((one) => /^expires=Thu, 01 Jan 1970/i.test(one))) this.#cookies.delete(key)
      else this.#cookies.set(key, { pair, path })
    }
  }

  for(url: URL): string {
    return [...this.#cookies.values()]
      .filter(({ path }) => url.pathname.startsWith(path))
      .map(({ pair }) => pair)
      .join('; ')
  }
}

async function visit(from: string, login: string | null, issuer: string): Promise<string> {
  const jar = new Jar()
  let url = new URL(from)
  let form: URLSearchParams | null = null
  for (let step = 0; step < MOST_STEPS; step++) {
    const response: Response = await fetch(url, {
      redirect: 'manual',
      headers: { cookie: jar.for(url) },
      ...(form === null ? {} : { method: 'POST', body: form }),
    })
    form = null
    jar.keep(response)
    const location = response.headers.get('location')
    if (location !== null) {
      url = new URL(location, url)
      if (url.origin !== issuer) return url.href
      continue
    }
    const page = await response.text()
    const prompt = /name="prompt" value="(\w+)"/.exec(page)?.[1]
    const at = login === null ? /href="([^"]+\/abort)"/.exec(page)?.[1] : /action="([^"]+)"/.exec(page)?.[1]
    if (prompt === undefined || at === undefined)
      throw new Error(`The provider answered ${String(response.status)}: ${page.slice(0, 500)}`)
    url = new URL(at, url)
    if (login !== null) form = new URLSearchParams({ prompt, login, password: 'any' })
  }
  throw new Error('The provider asks on and on')
}
