import swagger, { type StaticDocumentSpec } from '@fastify/swagger'
import swaggerUi from '@fastify/swagger-ui'
import type { FastifyBaseLogger, FastifyInstance } from 'fastify'
import { sql } from 'kysely'
import { routes } from '#contract/routes'
import { auditModule, recordAudit } from './modules/audit/audit.module.ts'
import { sessionModule } from './modules/session/session.module.ts'
import { Changes } from './platform/changes.ts'
import type { Clock } from './platform/clock.ts'
import type { Config } from './platform/config.ts'
import type { Database } from './platform/db/database.ts'
import { makeHttp, servePage } from './platform/http.ts'
import { Hub } from './platform/hub.ts'
import { Jobs, type Job } from './platform/jobs.ts'
import { openLiveSocket } from './platform/live-socket.ts'
import { makeMetrics } from './platform/metrics.ts'
import { registerRoute } from './platform/register-route.ts'

export type AppDeps = {
  config: Config
  database: Database
  clock: Clock
  logger: FastifyBaseLogger
  version: string
  /** Folder of the built page. */
  pageFolder: string
  startedAt: Date
}

const MINUTE_MS = 60_000

/** Builds the whole gateway without listening; tests build the same. */
export async function buildApp(deps: AppDeps) {
  const { config, database, clock, logger } = deps
  const { db } = database
  const now = () => clock.now()
  const metrics = makeMetrics()
  const app = await makeHttp({ logger, isBehindProxy: config.PUBLIC_URL !== undefined })
  const changes = new Changes((error) => logger.error({ err: error }, 'a change listener failed'))
  const hub = new Hub({
    nowMs: () => now().getTime(),
    onError: (error, topic) =>
      logger.error({ err: error, topic: topic.kind }, 'a live topic could not be read'),
  })
  changes.listen((published) => hub.note(published))
  const jobs = new Jobs(logger, (job) => metrics.jobFailures.inc({ job }))
  const publicUrl = () => config.PUBLIC_URL?.replace(/\/$/, '') ?? listeningUrl(app, config)

  const live: { endSession: (sessionId: string) => void } = { endSession: () => undefined }
  const audit = auditModule({ db })
  const session = sessionModule({
    db,
    now,
    sessionHours: config.WHEELHOUSE_SESSION_HOURS,
    isSecure: config.PUBLIC_URL?.startsWith('https:') ?? false,
    publicUrl,
    endSockets: (sessionId) => live.endSession(sessionId),
    audit: (entry) => recordAudit(db, entry),
  })

  session.register(app)
  audit.register(app)
  registerSystem(app, deps, metrics)
  await registerDocs(app, deps.version)
  await servePage(app, deps.pageFolder)

  const socket = openLiveSocket({
    http: app.server,
    hub,
    log: logger,
    now,
    identify: (header) => session.identifySocket(header === undefined ? {} : app.parseCookie(header)),
    isOwnOrigin: (origin, host) =>
      origin === undefined || origin === config.PUBLIC_URL || new URL(origin).host === host,
  })
  live.endSession = socket.endSession

  const background: Job[] = [{ name: 'prune sessions', everyMs: 10 * MINUTE_MS, run: () => session.prune() }]

  return {
    app,
    hub,
    changes,
    jobs,
    io: socket.io,
    setupLink: () => session.setupLink(),
    /** Starts what runs by itself: the live tick and the background jobs. */
    start(): void {
      hub.start()
      jobs.start(background)
    },
    /** Graceful stop: sockets told why, requests finished, jobs ended. The database is the caller's. */
    async stop(): Promise<void> {
      await jobs.stop()
      await socket.close()
      await app.close()
      await hub.stop()
    },
  }
}
export type Gateway = Awaited<ReturnType<typeof buildApp>>

function listeningUrl(app: FastifyInstance, config: Config): string {
  const address = app.server.address()
  const port = address !== null && typeof address === 'object' ? address.port : config.PORT
  return `http://${config.HOST}:${port}`
}

function registerSystem(app: FastifyInstance, deps: AppDeps, metrics: ReturnType<typeof makeMetrics>): void {
  app.addHook('onResponse', async (request, reply) => {
    metrics.requests.observe(
      { method: request.method, route: request.routeOptions.url ?? 'none', status: reply.statusCode },
      reply.elapsedTime / 1000,
    )
  })
  app.get('/healthz', () => ({ status: 'ok' }))
  app.get('/readyz', async (_request, reply) => {
    try {
      await sql`select 1`.execute(deps.database.db)
      return { status: 'ready' }
    } catch (error) {
      deps.logger.error({ err: error }, 'the database does not answer')
      return reply.code(503).send({ status: 'database unavailable' })
    }
  })
  app.get('/metrics', async (_request, reply) =>
    reply.type(metrics.registry.contentType).send(await metrics.registry.metrics()),
  )
  registerRoute(app, routes.getSystemInfo, () => ({
    version: deps.version,
    store: deps.database.store,
    pollIntervalMs: deps.config.WHEELHOUSE_POLL_INTERVAL_MS,
    logRetentionDays: deps.config.WHEELHOUSE_LOG_RETENTION_DAYS,
    metricRetentionDays: deps.config.WHEELHOUSE_METRIC_RETENTION_DAYS,
    startedAt: deps.startedAt.toISOString(),
  }))
}

async function registerDocs(app: FastifyInstance, version: string): Promise<void> {
  const { openApiDocument } = await import('./platform/openapi.ts')
  const document = openApiDocument(routes, version)
  app.get('/api/v1/openapi.json', () => document)
  await app.register(swagger, {
    mode: 'static',
    specification: { document } as StaticDocumentSpec,
  })
  await app.register(swaggerUi, {
    routePrefix: '/api/docs',
    staticCSP: true,
    uiConfig: { docExpansion: 'none' },
  })
}
