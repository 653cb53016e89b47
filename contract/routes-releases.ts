import { z } from 'zod'
import { id } from './query.ts'
import {
  composeCheck,
  createReleaseBody,
  releaseComparison,
  releaseDetail,
  releaseListQuery,
  releasePage,
  releaseSnapshot,
  updateReleaseBody,
} from './release.ts'
import { defineRoutes } from './route.ts'

export const releaseRoutes = defineRoutes({
  listReleases: {
    method: 'GET',
    path: '/api/v1/releases',
    tag: 'Releases',
    summary: 'Releases, newest first',
    permission: 'viewer',
    query: releaseListQuery,
    response: releasePage,
  },
  createRelease: {
    method: 'POST',
    path: '/api/v1/fleets/:fleetId/releases',
    tag: 'Releases',
    summary: 'Make a release from a docker-compose.yml',
    permission: 'release-manager',
    params: z.object({ fleetId: id }),
    body: createReleaseBody,
    status: 201,
    response: releaseDetail,
  },
  checkCompose: {
    method: 'POST',
    path: '/api/v1/fleets/:fleetId/releases/check',
    tag: 'Releases',
    summary: 'Check a docker-compose.yml without making a release; complaints carry line numbers',
    permission: 'release-manager',
    params: z.object({ fleetId: id }),
    body: z.object({ composeYaml: z.string().max(262_144) }),
    response: composeCheck,
  },
  compareReleases: {
    method: 'GET',
    path: '/api/v1/releases/compare',
    tag: 'Releases',
    summary: 'What changes between two releases, and how many bytes a device needs',
    permission: 'viewer',
    query: z.object({ from: id, to: id }),
    response: releaseComparison,
  },
  getRelease: {
    method: 'GET',
    path: '/api/v1/releases/:releaseId',
    tag: 'Releases',
    summary: 'One release with its services and who runs it',
    permission: 'viewer',
    params: z.object({ releaseId: id }),
    response: releaseSnapshot,
  },
  updateRelease: {
    method: 'PATCH',
    path: '/api/v1/releases/:releaseId',
    tag: 'Releases',
    summary: 'Change notes, finalise a draft, or mark a release failed',
    permission: 'release-manager',
    params: z.object({ releaseId: id }),
    body: updateReleaseBody,
    response: releaseDetail,
  },
})
