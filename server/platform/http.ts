import compress from '@fastify/compress'
import cookie from '@fastify/cookie'
import helmet from '@fastify/helmet'
import rateLimit from '@fastify/rate-limit'
import staticFiles from '@fastify/static'
import { randomUUID } from 'node:crypto'
import { existsSync } from 'node:fs'
import path from 'node:path'
import { setTimeout } from 'node:timers/promises'
import Fastify, {
  LogController,
  type FastifyBaseLogger,
  type FastifyError,
  type FastifyInstance,
  type FastifyRequest,
} from 'fastify'
import type { RouteLimit } from '#contract/route'
import { CONTRACT_HEADER, CONTRACT_VERSION } from '#contract/version'
import { acceptFirst } from './accept-first.ts'
import { Overloaded } from './db/group-commit.ts'
import { storeFailure } from './db/store-failure.ts'
import { readJsonBodies } from './json-body.ts'
import { makePageHints } from './page-hints.ts'
import { Problem } from './problem.ts'
import { logRefusal } from './refusal-log.ts'
import { limitRequestTime } from './request-time.ts'
import { limitSetting, type RouteLimitSetting } from './route-limit.ts'
import { refuseUnreadable } from './unreadable-request.ts'

const MAX_BODY_BYTES = 1_048_576
const YEAR_SECONDS = 31_536_000
/** How long a stopping gateway waits for requests under way. */
const DRAIN_MS = 5_000
/** While the store is away every request fails: the log says so this often at most. */
const STORE_LOG_MS = 10_000
/** How often connections are looked through for headers that do not come. */
const CHECK_HEADERS_MS = 5_000
const codes: Record<number, string> = {
  413: 'too-large',
  415: 'unsupported-media-type',
  429: 'too-many-requests',
}

declare module 'fastify' {
  interface FastifyInstance {
    /** Requests under way that a graceful stop waits for. */
    openRequests: Set<FastifyRequest>
    /** Begins with the connections that were accepted and wait. */
    beginWaiting: () => void
    /** What `registerRoute` gives a route of each kind; false: no limit. */
    routeLimits: Record<RouteLimit, RouteLimitSetting>
  }
}

/**
 * What a thrown error tells the caller: a Problem as it is, a client error with its message, that the store is away or full,
 * else a fixed sentence.
 */
export function toProblem(error: unknown): Problem {
  if (error instanceof Problem) return error
  if (error instanceof Overloaded)
    return Problem.overloaded('The gateway cannot store more right now; try again shortly')
  const status = (error as Partial<FastifyError>).statusCode
  if (error instanceof Error && status !== undefined && status >= 400 && status < 500) {
    return new Problem({
      status,
      code: codes[status] ?? 'bad-request',
      title: 'The request cannot be served',
      detail: error.message,
    })
  }
  const failure = storeFailure(error)
  if (failure !== null) return Problem.ofStore(failure)
  return new Problem({
    status: 500,
    code: 'internal',
    title: 'The gateway failed',
    detail: 'The failure was logged under this request id',
  })
}

/** Fastify with security headers, cookies, compression and the one error shape; no routes yet. */
export async function makeHttp(options: {
  logger: FastifyBaseLogger
  isBehindProxy: boolean
  /** Calls a minute by route and caller; 0: without a limit. */
  limits: Record<RouteLimit, number>
  /** How long headers, and then the body, of a request may take to come. */
  requestWithinMs: number
}): Promise<FastifyInstance> {
  const { requestWithinMs } = options
  const app = Fastify({
    loggerInstance: options.logger,
    bodyLimit: MAX_BODY_BYTES,
    trustProxy: options.isBehindProxy,
    genReqId: () => randomUUID(),
    logController: new LogController({ disableRequestLogging: true }),
    // Pages long closed keep connections open; stopping must not wait for them (closeHttp ends the others).
    forceCloseConnections: 'idle',
    clientErrorHandler: refuseUnreadable(options.logger),
    routerOptions: { maxParamLength: 500 },
    http: {
      headersTimeout: requestWithinMs,
      // Node's own would end log streams too; bodies have theirs (limitRequestTime).
      requestTimeout: 0,
      connectionsCheckingInterval: Math.min(CHECK_HEADERS_MS, requestWithinMs),
    },
  })
  app.decorate('beginWaiting', acceptFirst(app.server))
  trackRequests(app)
  limitRequestTime(app, requestWithinMs)
  readJsonBodies(app)
  nameAnswers(app)
  await app.register(helmet, {
    contentSecurityPolicy: {
      useDefaults: false,
      directives: {
        'default-src': ["'none'"],
        'script-src': ["'self'"],
        // Charts and virtual lists position elements by style attributes; style *elements* stay forbidden.
        'style-src': ["'self'"],
        'style-src-attr': ["'unsafe-inline'"],
        'img-src': ["'self'", 'data:'],
        'font-src': ["'self'"],
        'connect-src': ["'self'"],
        'manifest-src': ["'self'"],
        'worker-src': ["'self'"],
        'base-uri': ["'none'"],
        'form-action': ["'self'"],
        'frame-ancestors': ["'none'"],
      },
    },
    strictTransportSecurity: options.isBehindProxy,
    referrerPolicy: { policy: 'same-origin' },
  })
  await app.register(cookie)
  await app.register(rateLimit, { global: false })
  app.decorate('routeLimits', {
    'sign-in': limitSetting(options.limits['sign-in']),
    heavy: limitSetting(options.limits.heavy),
  })
  await app.register(compress, { threshold: 1024, encodings: ['br', 'gzip'] })
  let storeLoggedAtMs = Number.NEGATIVE_INFINITY
  app.setErrorHandler((error, request, reply) => {
    const problem = toProblem(error)
    if (problem.status >= 500 && problem.status !== 503)
      request.log.error({ err: error, requestId: request.id }, 'a request failed')
    logRefusal(problem, request)
    if (problem.code.startsWith('store-') && performance.now() - storeLoggedAtMs >= STORE_LOG_MS) {
      storeLoggedAtMs = performance.now()
      request.log.error({ err: error, requestId: request.id }, 'the store does not do what requests need')
    }
    if (problem.retryAfterSeconds !== undefined) reply.header('retry-after', problem.retryAfterSeconds)
    return reply.code(problem.status).type('application/problem+json').send(problem.toBody(request.id))
  })
  return app
}

/**
 * Of answers of the API: no browser or proxy keeps one, and a page that was built with the same contract need not check what the
 * gateway has checked.
 */
function nameAnswers(app: FastifyInstance): void {
  const version = CONTRACT_VERSION
  app.addHook('onRequest', (request, reply, done) => {
    if (request.url.startsWith('/api/')) {
      reply.header('cache-control', 'no-store')
      if (version !== null) reply.header(CONTRACT_HEADER, version)
    }
    done()
  })
}

function trackRequests(app: FastifyInstance): void {
  const open = new Set<FastifyRequest>()
  app.decorate('openRequests', open)
  app.addHook('onRequest', (request, reply, done) => {
    open.add(request)
    reply.raw.once('close', () => open.delete(request))
    done()
  })
}

/** Stops listening, lets requests under way finish (for 5 s at most), then ends every connection. */
export async function closeHttp(app: FastifyInstance): Promise<void> {
  const closed = app.close()
  const giveUpAtMs = performance.now() + DRAIN_MS
  while (app.openRequests.size > 0 && performance.now() < giveUpAtMs) await setTimeout(20)
  app.beginWaiting()
  app.server.closeAllConnections()
  await closed
}

/** Whether a request is for a page of the app, whose address the page itself understands. */
function isPageAddress(method: string, url: string): boolean {
  if (method !== 'GET' && method !== 'HEAD') return false
  const path = url.split('?')[0] ?? ''
  // A name with an extension is a file: answering it with the page would only hide that it is missing.
  if (/\.[a-z0-9]+$/i.test(path)) return false
  return !/^\/(api|device|v7|api-key|assets|socket\.io)(\/|$)/.test(path)
}

/**
 * Serves the built page: hashed files for a year, everything that is not API falls back to index.html, with hints of what
 * else its address needs. What the build has compressed is sent as it is.
 */
export async function servePage(app: FastifyInstance, folder: string): Promise<void> {
  const isBuilt = existsSync(path.join(folder, 'index.html'))
  const hints = makePageHints(folder)
  app.addHook('onRequest', (request, reply, done) => {
    if (isPageAddress(request.method, request.url)) {
      const links = hints(request.url, request.headers.cookie !== undefined)
      if (links !== null) reply.header('link', links)
    }
    done()
  })
  if (isBuilt) {
    await app.register(staticFiles, {
      root: folder,
      wildcard: false,
      preCompressed: true,
      cacheControl: false,
      setHeaders: (reply, file) => {
        const isHashed = file.includes(`${path.sep}assets${path.sep}`)
        reply.header('cache-control', isHashed ? `public, max-age=${YEAR_SECONDS}, immutable` : 'no-cache')
      },
    })
  }
  app.setNotFoundHandler((request, reply) => {
    if (isBuilt && isPageAddress(request.method, request.url))
      return reply.code(200).header('cache-control', 'no-cache').sendFile('index.html')
    throw Problem.notFound('address', request.url.split('?')[0] ?? '')
  })
}

/** Where it listens; before that, where it is told to. */
export function listeningUrl(app: FastifyInstance, config: { HOST: string; PORT: number }): string {
  const address = app.server.address()
  const port = address !== null && typeof address === 'object' ? address.port : config.PORT
  return `http://${config.HOST}:${port}`
}
