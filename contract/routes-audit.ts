import { z } from 'zod'
import { auditCheck, auditEntry, auditExportQuery, auditQuery } from './audit.ts'
import { defineRoutes } from './route.ts'

export const auditRoutes = defineRoutes({
  listAudit: {
    method: 'GET',
    path: '/api/v1/audit',
    tag: 'Audit',
    summary: 'Who changed what, newest first',
    permission: 'release-manager',
    scope: 'fleets',
    query: auditQuery,
    response: z.object({ rows: z.array(auditEntry), next: z.string().nullable() }),
  },
  exportAudit: {
    method: 'GET',
    path: '/api/v1/audit/export',
    tag: 'Audit',
    summary: 'All matching entries, oldest first, as CSV or one JSON object a line',
    permission: 'release-manager',
    scope: 'fleets',
    limit: 'heavy',
    query: auditExportQuery,
    stream: 'text/csv',
  },
  checkAudit: {
    method: 'GET',
    path: '/api/v1/audit/check',
    tag: 'Audit',
    summary: 'Whether an entry was changed, taken out or put in since it was written',
    permission: 'admin',
    scope: 'organisation',
    limit: 'heavy',
    response: auditCheck,
  },
})
