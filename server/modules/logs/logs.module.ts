import { Readable } from 'node:stream'
import type { FastifyInstance } from 'fastify'
import type { Kysely } from 'kysely'
import type { z } from 'zod'
import { routes } from '#contract/routes'
import type { logExportQuery, LogLine, LogSelector } from '#contract/log'
import type { Schema } from '../../platform/db/schema.ts'
import type { Hub, TopicStream } from '../../platform/hub.ts'
import { Problem } from '../../platform/problem.ts'
import { registerRoute } from '../../platform/register-route.ts'
import { LogFeed, type FeedLimit } from './log-feed.ts'
import { BadPattern, compilePattern, compileSelector } from './log-selector.ts'
import { pruneLogsByAge, pruneLogsByCount, scanLogs, searchLogs } from './logs.store.ts'

/** In one patch: 200 ms ticks carry 10,000 lines a second at most. */
const PATCH_LIMIT: FeedLimit = { lines: 2_000, characters: 1_000_000 }
/** Lines sent again after a reconnect; beyond, the page is told to fetch the newest page instead. */
const REPLAY_LIMIT = 2_000
const PRUNE_BATCH = 10_000
const DAY_MS = 86_400_000

export type LogDeps = {
  db: Kysely<Schema>
  now: () => Date
  hub: Hub
  retentionDays: number
  linesPerDevice: number
}

function checkPattern(selector: LogSelector): void {
  if (selector.regex === '') return
  try {
    compilePattern(selector.regex)
  } catch (error) {
    if (error instanceof BadPattern)
      throw Problem.invalid('query.regex', `is not a regular expression in RE2 syntax: ${error.reason}`)
    throw error
  }
}

/** One reader's stream: what was stored since its last line, then what arrives. Throws Problem for a bad pattern. */
function openStream(
  deps: LogDeps,
  selector: LogSelector,
  since: number | null,
): TopicStream<{ lines: LogLine[]; dropped: number }> {
  checkPattern(selector)
  const matches = compileSelector(selector)
  const feed = new LogFeed()
  /** The last line sent, and the last one taken in. */
  let last = since ?? 0
  let newest = last
  /** Lines that arrive while the missed ones are read come after them. */
  let isReplaying = since !== null
  const early = new LogFeed()

  const takeIn = (lines: readonly LogLine[]) => {
    const fresh = lines.filter((line) => line.id > newest)
    newest = Math.max(newest, fresh.at(-1)?.id ?? newest)
    feed.push(fresh)
  }
  async function replay(from: number): Promise<{ cursor: number; isResync: boolean }> {
    const missed = await searchLogs(deps.db, selector, { after: from, limit: REPLAY_LIMIT })
    if (!missed.hasNewer) feed.push(missed.lines)
    if (!missed.hasNewer) newest = missed.lines.at(-1)?.id ?? from
    const waiting = early.take()
    takeIn(waiting.lines)
    feed.addDropped(waiting.dropped)
    isReplaying = false
    return { cursor: from, isResync: missed.hasNewer }
  }

  return {
    ready: since === null ? Promise.resolve({ cursor: 0, isResync: false }) : replay(since),
    push(change) {
      if (change.kind !== 'log') return
      const lines = change.lines.filter((line) => matches(line, change.fleetIdOf.get(line.deviceUuid)))
      if (isReplaying) early.push(lines)
      else takeIn(lines)
    },
    take() {
      if (feed.isEmpty) return null
      const data = feed.take(PATCH_LIMIT)
      const from = last
      last = Math.max(last, data.lines.at(-1)?.id ?? last)
      return { from, to: last, data }
    },
  }
}

const asText = (line: LogLine) =>
  `${line.at} ${line.deviceName} ${line.service ?? 'system'} ${line.level.toUpperCase()} ${line.message}\n`

async function* exportLines(
  db: Kysely<Schema>,
  query: z.output<typeof logExportQuery>,
): AsyncGenerator<string> {
  const range = {
    from: query.from === undefined ? undefined : new Date(query.from),
    to: query.to === undefined ? undefined : new Date(query.to),
  }
  for await (const batch of scanLogs(db, query, 'newer', null, range)) {
    if (batch.lines.length === 0) continue
    yield batch.lines
      .map((line) => (query.format === 'ndjson' ? `${JSON.stringify(line)}\n` : asText(line)))
      .join('')
  }
}

export function logsModule(deps: LogDeps) {
  deps.hub.provideStream({ kind: 'logs', open: (topic, since) => openStream(deps, topic.selector, since) })
  return {
    register(app: FastifyInstance): void {
      registerRoute(app, routes.searchLogs, async ({ query }) => {
        checkPattern(query)
        return searchLogs(deps.db, query, {
          ...query,
          at: query.at === undefined ? undefined : new Date(query.at),
        })
      })
      registerRoute(app, routes.exportLogs, ({ query, reply }) => {
        checkPattern(query)
        const extension = query.format === 'ndjson' ? 'ndjson' : 'log'
        reply.type(query.format === 'ndjson' ? 'application/x-ndjson' : 'text/plain; charset=utf-8')
        reply.header('content-disposition', `attachment; filename="wheelhouse-logs.${extension}"`)
        return reply.send(Readable.from(exportLines(deps.db, query)))
      })
    },
    /** Job: retention by age and by count of each device, in bounded batches. */
    async prune(): Promise<void> {
      const before = new Date(deps.now().getTime() - deps.retentionDays * DAY_MS)
      while ((await pruneLogsByAge(deps.db, before, PRUNE_BATCH)) === PRUNE_BATCH);
      await pruneLogsByCount(deps.db, deps.linesPerDevice)
    },
  }
}
