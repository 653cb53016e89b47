import swagger, { type StaticDocumentSpec } from '@fastify/swagger'
import swaggerUi from '@fastify/swagger-ui'
import type { FastifyBaseLogger, FastifyInstance } from 'fastify'
import { sql } from 'kysely'
import { routes } from '#contract/routes'
import type { Config } from './config.ts'
import type { Database } from './db/database.ts'
import type { makeMetrics } from './metrics.ts'
import { registerRoute } from './register-route.ts'

type SystemDeps = {
  config: Config
  database: Database
  logger: FastifyBaseLogger
  version: string
  startedAt: Date
}

/** Health, readiness, metrics and what this gateway is. */
export function registerSystem(
  app: FastifyInstance,
  deps: SystemDeps,
  metrics: ReturnType<typeof makeMetrics>,
  isLeading: () => boolean,
): void {
  app.addHook('onResponse', (request, reply, done) => {
    metrics.requests.observe(
      { method: request.method, route: request.routeOptions.url ?? 'none', status: reply.statusCode },
      reply.elapsedTime / 1000,
    )
    done()
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
    leadsRollouts: isLeading(),
  }))
}

/** The OpenAPI document and its page. */
export async function registerDocs(app: FastifyInstance, version: string): Promise<void> {
  const { openApiDocument } = await import('./openapi.ts')
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
