import { z } from 'zod'
import { logExportQuery, logPage, logQuery } from './log.ts'
import { defineRoutes } from './route.ts'
import { instant } from './query.ts'

export const logRoutes = defineRoutes({
  searchLogs: {
    method: 'GET',
    path: '/api/v1/logs',
    tag: 'Logs',
    summary: 'Stored log lines, a page at a time',
    permission: 'viewer',
    scope: 'fleets',
    query: logQuery,
    response: logPage,
  },
  exportLogs: {
    method: 'GET',
    path: '/api/v1/logs/export',
    tag: 'Logs',
    summary: 'Stored log lines as a stream',
    permission: 'viewer',
    scope: 'fleets',
    limit: 'heavy',
    query: logExportQuery,
    stream: 'text/plain; charset=utf-8',
  },
  getSystemInfo: {
    method: 'GET',
    path: '/api/v1/system',
    tag: 'System',
    summary: 'Version and settings of this gateway',
    permission: 'signed-in',
    response: z.object({
      version: z.string(),
      store: z.enum(['pglite', 'postgresql']),
      pollIntervalMs: z.int(),
      logRetentionDays: z.number(),
      metricRetentionDays: z.number(),
      startedAt: instant,
      /** Of several gateways on one PostgreSQL, one moves the rollouts on; the others follow. */
      leadsRollouts: z.boolean(),
    }),
  },
})
