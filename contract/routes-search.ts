import { z } from 'zod'
import { compareQuery, deviceComparison } from './device-compare.ts'
import { deviceUuid } from './query.ts'
import { defineRoutes } from './route.ts'
import { deviceSearchQuery, deviceSearchResult } from './search.ts'

export const searchRoutes = defineRoutes({
  searchDevices: {
    method: 'GET',
    path: '/api/v1/search/devices',
    tag: 'Devices',
    summary:
      'Devices by name, start of the uuid, tag, IP or MAC address or serial number, best first, tolerant of typing errors in names',
    permission: 'viewer',
    scope: 'fleets',
    query: deviceSearchQuery,
    response: deviceSearchResult,
  },
  compareDevice: {
    method: 'GET',
    path: '/api/v1/devices/:uuid/compare',
    tag: 'Devices',
    summary:
      'A device against the median of its fleet or against another device: software, services, variables, tags, metrics and events',
    permission: 'viewer',
    scope: [
      { of: 'device', at: 'params.uuid' },
      { of: 'device', at: 'query.with' },
    ],
    params: z.object({ uuid: deviceUuid }),
    query: compareQuery,
    response: deviceComparison,
  },
})
