import { z } from 'zod'
import { deviceHealth, fleetThresholds, healthRule, healthThresholds, thresholdPreview } from './health.ts'
import { deviceUuid, id } from './query.ts'
import { defineRoutes, inFleet, ofDevice } from './route.ts'

const params = z.object({ fleetId: id })
const path = '/api/v1/fleets/:fleetId/health-thresholds'

export const healthRoutes = defineRoutes({
  getHealthThresholds: {
    method: 'GET',
    path,
    tag: 'Health',
    summary: 'Limits of the health rules for this fleet, and who changed them last',
    permission: 'viewer',
    scope: inFleet,
    params,
    response: fleetThresholds,
  },
  setHealthThresholds: {
    method: 'PUT',
    path,
    tag: 'Health',
    summary: 'Change the limits; devices are judged anew. What is left out has its default again',
    permission: 'release-manager',
    scope: inFleet,
    params,
    body: healthThresholds,
    response: fleetThresholds,
  },
  previewHealthThresholds: {
    method: 'POST',
    path: `${path}/preview`,
    tag: 'Health',
    summary: 'How many devices would change state under these limits; changes nothing',
    permission: 'viewer',
    scope: inFleet,
    limit: 'heavy',
    params,
    body: healthThresholds,
    response: thresholdPreview,
  },
  listHealthRules: {
    method: 'GET',
    path: '/api/v1/health-rules',
    tag: 'Health',
    summary: 'Every reason a device can show, explained',
    permission: 'viewer',
    scope: 'fleets',
    response: z.object({ rules: z.array(healthRule) }),
  },
  explainDeviceHealth: {
    method: 'GET',
    path: '/api/v1/devices/:uuid/health',
    tag: 'Health',
    summary: 'Why the device is as it is: rule, evidence, what changed before, who else shows it, what helps',
    permission: 'viewer',
    scope: ofDevice,
    params: z.object({ uuid: deviceUuid }),
    response: deviceHealth,
  },
})
