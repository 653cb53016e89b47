import { actionRoutes } from './routes-actions.ts'
import { auditRoutes } from './routes-audit.ts'
import { backupRoutes } from './routes-backup.ts'
import { careRoutes } from './routes-care.ts'
import { deviceRoutes } from './routes-devices.ts'
import { diagnosticsRoutes } from './routes-diagnostics.ts'
import { fleetRoutes } from './routes-fleets.ts'
import { logSearchRoutes } from './routes-log-search.ts'
import { healthRoutes } from './routes-health.ts'
import { logRoutes } from './routes-logs.ts'
import { notificationRoutes } from './routes-notifications.ts'
import { releaseRoutes } from './routes-releases.ts'
import { rolloutRoutes } from './routes-rollouts.ts'
import { searchRoutes } from './routes-search.ts'
import { sourceRoutes } from './routes-source.ts'
import { webhookRoutes } from './routes-webhooks.ts'
import { timelineRoutes } from './routes-timeline.ts'
import { sessionRoutes } from './routes-session.ts'
import { userRoutes } from './routes-users.ts'

/** Every endpoint of the REST API. OpenAPI, the gateway's permission checks and the page's client come from it. */
export const routes = {
  ...sessionRoutes,
  ...userRoutes,
  ...auditRoutes,
  ...backupRoutes,
  ...fleetRoutes,
  ...deviceRoutes,
  ...searchRoutes,
  ...careRoutes,
  ...timelineRoutes,
  ...actionRoutes,
  ...diagnosticsRoutes,
  ...releaseRoutes,
  ...rolloutRoutes,
  ...healthRoutes,
  ...logRoutes,
  ...logSearchRoutes,
  ...webhookRoutes,
  ...notificationRoutes,
  ...sourceRoutes,
} as const
export type RouteName = keyof typeof routes
