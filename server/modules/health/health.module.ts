import type { FastifyInstance } from 'fastify'
import { routes } from '#contract/routes'
import { registerRoute } from '../../platform/register-route.ts'
import { explainHealth } from './explain-health.service.ts'
import type { HealthDeps } from './health-deps.ts'
import { judgeAnew } from './judge-anew.ts'
import { listedRules } from './rule-texts.ts'
import { previewThresholds } from './threshold-preview.service.ts'
import { checkPairs, fleetThresholdsOf, readFleetLimits, saveFleetLimits } from './thresholds.service.ts'

/** The rules in words, each fleet's limits, and why a device is as it is. */
export function healthModule(deps: HealthDeps) {
  return {
    explain: (uuid: string) => explainHealth(deps.db, uuid),
    /** Job: devices whose limits changed. */
    judgeAnew: () => judgeAnew(deps.db, deps.check),
    register(app: FastifyInstance): void {
      registerRoute(app, routes.listHealthRules, () => ({ rules: listedRules() }))
      registerRoute(app, routes.getHealthThresholds, ({ params }) =>
        fleetThresholdsOf(deps.db, params.fleetId),
      )
      registerRoute(app, routes.setHealthThresholds, ({ params, body, caller }) =>
        saveFleetLimits(deps, params.fleetId, body, caller),
      )
      registerRoute(app, routes.previewHealthThresholds, async ({ params, body }) => {
        const { own } = await readFleetLimits(deps.db, params.fleetId)
        checkPairs(body)
        const of = { fleetId: params.fleetId, now: own, then: body }
        return previewThresholds(deps.db, of, deps.now().getTime())
      })
      registerRoute(app, routes.explainDeviceHealth, ({ params }) => explainHealth(deps.db, params.uuid))
    },
  }
}
