import { z } from 'zod'
import { deviceUuid } from './query.ts'
import { defineRoutes, ofDevice } from './route.ts'

/** How many days of history an archive of diagnostics reaches back. */
export const DEFAULT_DIAGNOSTICS_DAYS = 3

export const diagnosticsRoutes = defineRoutes({
  downloadDiagnostics: {
    method: 'POST',
    path: '/api/v1/devices/:uuid/diagnostics',
    tag: 'Devices',
    summary:
      'Everything known of a device as a zip archive, secrets masked; asks the device too when it is reachable',
    permission: 'support',
    scope: ofDevice,
    limit: 'heavy',
    params: z.object({ uuid: deviceUuid }),
    body: z.object({ days: z.int().min(1).max(30).default(DEFAULT_DIAGNOSTICS_DAYS) }),
    stream: 'application/zip',
  },
})
