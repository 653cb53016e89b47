import { Readable } from 'node:stream'
import type { FastifyInstance } from 'fastify'
import { routes } from '#contract/routes'
import type { LogSelector } from '#contract/log'
import { Problem } from '../../platform/problem.ts'
import { registerRoute } from '../../platform/register-route.ts'
import { readContext } from './log-context.store.ts'
import type { LogDeps } from './log-deps.ts'
import { exportLines, rangeOf } from './log-export.ts'
import { readHistogram } from './log-histogram.store.ts'
import { registerLogQueries } from './log-queries.routes.ts'
import { registerLogRetention } from './log-retention.routes.ts'
import { pruneLogs, pruneLogsByCount } from './log-retention.store.ts'
import { BadPattern, messageFilter } from './log-selector.ts'
import { newestLines, type NewestOf } from './newest-lines.ts'
import { openStream } from './log-stream.ts'
import { searchLogs } from './logs.store.ts'

const PRUNE_BATCH = 5_000

function checkSelector(selector: LogSelector): void {
  try {
    messageFilter(selector)
  } catch (error) {
    if (error instanceof BadPattern)
      throw Problem.invalid('query.regex', `is not a regular expression that can be used: ${error.reason}`)
    throw error
  }
}

function checkRange({ from, to }: { from?: string | undefined; to?: string | undefined }): void {
  if (from !== undefined && to !== undefined && Date.parse(from) > Date.parse(to))
    throw Problem.invalid('query.from', 'is after query.to')
}

function registerSearch(app: FastifyInstance, { db, now }: LogDeps): void {
  registerRoute(app, routes.searchLogs, async ({ query, within }) => {
    checkSelector(query)
    checkRange(query)
    const at = query.at === undefined ? undefined : new Date(query.at)
    return searchLogs(db, { ...query, within }, { ...query, ...rangeOf(query), at })
  })
  registerRoute(app, routes.getLogHistogram, async ({ query, within }) => {
    checkSelector(query)
    checkRange(query)
    const { from, to } = rangeOf(query)
    return readHistogram(db, { ...query, within }, { from, to: to ?? now() }, query.buckets)
  })
  registerRoute(app, routes.getLogContext, async ({ params, query, within }) => {
    const context = await readContext(db, params.lineId, { ...query, within })
    if (!context) throw Problem.notFound('log line', String(params.lineId))
    return context
  })
  registerRoute(app, routes.exportLogs, ({ query, reply, within }) => {
    checkSelector(query)
    checkRange(query)
    const extension = query.format === 'ndjson' ? 'ndjson' : 'log'
    reply.type(query.format === 'ndjson' ? 'application/x-ndjson' : 'text/plain; charset=utf-8')
    reply.header('content-disposition', `attachment; filename="wheelhouse-logs.${extension}"`)
    return reply.send(Readable.from(exportLines(db, { ...query, within })))
  })
}

/** Stored log lines: search, counts over time, export, saved queries, retention, and the live stream. */
export function logsModule(deps: LogDeps) {
  deps.hub.provideStream({
    kind: 'logs',
    open: (topic, since, { within }) => {
      checkSelector(topic.selector)
      return openStream(deps.db, { ...topic.selector, within }, since, deps.settling)
    },
  })
  return {
    newest: (...of: NewestOf) => newestLines(deps.db, ...of),
    register(app: FastifyInstance): void {
      registerSearch(app, deps)
      registerLogQueries(app, deps)
      registerLogRetention(app, deps)
    },
    /** Job: what the fleets' limits no longer keep, in bounded batches. */
    async prune(): Promise<void> {
      await pruneLogs(deps.db, deps.retention, deps.now(), PRUNE_BATCH)
    },
    /** Job: what is beyond the count kept of each device. */
    async pruneDevices(): Promise<void> {
      await pruneLogsByCount(deps.db, deps.linesPerDevice, PRUNE_BATCH)
    },
  }
}
