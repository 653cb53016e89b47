import { z } from 'zod'
import { deviceUuid, instant } from './query.ts'
import { defineRoutes, ofDevice } from './route.ts'
import { deviceTimeline } from './timeline.ts'

export const timelineRoutes = defineRoutes({
  getDeviceTimeline: {
    method: 'GET',
    path: '/api/v1/devices/:uuid/timeline',
    tag: 'Devices',
    summary: 'What happened to the device in a time range, as spans on lanes',
    permission: 'viewer',
    scope: ofDevice,
    params: z.object({ uuid: deviceUuid }),
    query: z.object({ from: instant, to: instant }),
    response: deviceTimeline,
  },
})
