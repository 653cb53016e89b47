import { z } from 'zod'
import {
  logContext,
  logContextQuery,
  logHistogram,
  logHistogramQuery,
  logRetention,
  logRetentionBody,
  logRetentionPreview,
  logRetentionPreviewQuery,
  savedLogQuery,
  saveLogQueryBody,
} from './log-search.ts'
import { id } from './query.ts'
import { defineRoutes } from './route.ts'

const fleetParams = z.object({ fleetId: id })

export const logSearchRoutes = defineRoutes({
  getLogHistogram: {
    method: 'GET',
    path: '/api/v1/logs/histogram',
    tag: 'Logs',
    summary: 'How many lines match over time, by level',
    permission: 'viewer',
    query: logHistogramQuery,
    response: logHistogram,
  },
  getLogContext: {
    method: 'GET',
    path: '/api/v1/logs/lines/:lineId',
    tag: 'Logs',
    summary: 'One stored line and the lines of its device around it',
    permission: 'viewer',
    params: z.object({ lineId: id }),
    query: logContextQuery,
    response: logContext,
  },
  listLogQueries: {
    method: 'GET',
    path: '/api/v1/log-queries',
    tag: 'Logs',
    summary: 'Saved log queries: the own and the shared ones',
    permission: 'viewer',
    response: z.object({ queries: z.array(savedLogQuery) }),
  },
  saveLogQuery: {
    method: 'PUT',
    path: '/api/v1/log-queries',
    tag: 'Logs',
    summary: 'Save a log query under a name; sharing it needs the role support',
    permission: 'viewer',
    body: saveLogQueryBody,
    response: savedLogQuery,
  },
  deleteLogQuery: {
    method: 'DELETE',
    path: '/api/v1/log-queries/:queryId',
    tag: 'Logs',
    summary: "Delete an own log query; an administrator also anybody's shared one",
    permission: 'viewer',
    params: z.object({ queryId: id }),
    status: 204,
  },
  getLogRetention: {
    method: 'GET',
    path: '/api/v1/fleets/:fleetId/log-retention',
    tag: 'Logs',
    summary: 'How long log lines of a fleet are kept, and how many there are',
    permission: 'viewer',
    params: fleetParams,
    response: logRetention,
  },
  previewLogRetention: {
    method: 'GET',
    path: '/api/v1/fleets/:fleetId/log-retention/preview',
    tag: 'Logs',
    summary: 'What these limits would delete',
    permission: 'viewer',
    params: fleetParams,
    query: logRetentionPreviewQuery,
    response: logRetentionPreview,
  },
  setLogRetention: {
    method: 'PUT',
    path: '/api/v1/fleets/:fleetId/log-retention',
    tag: 'Logs',
    summary: 'Change how long log lines of a fleet are kept',
    permission: 'admin',
    params: fleetParams,
    body: logRetentionBody,
    response: logRetention,
  },
})
