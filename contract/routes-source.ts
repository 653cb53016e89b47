import { defineRoutes } from './route.ts'
import { sourceCheck, sourceSnapshot } from './source.ts'

/** Where fleets come from, and whether that works. */
export const sourceRoutes = defineRoutes({
  getSource: {
    method: 'GET',
    path: '/api/v1/source',
    tag: 'System',
    summary: 'Where fleets come from, what cannot be done there, and how old what was read is',
    permission: 'viewer',
    scope: 'fleets',
    response: sourceSnapshot,
  },
  testSource: {
    method: 'POST',
    path: '/api/v1/source/test',
    tag: 'System',
    summary: 'Try the connection to where fleets come from, step by step; changes nothing',
    permission: 'admin',
    scope: 'organisation',
    limit: 'heavy',
    response: sourceCheck,
  },
})
