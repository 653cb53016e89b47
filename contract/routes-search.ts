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
    query: deviceSearchQuery,
    response: deviceSearchResult,
  },
})
