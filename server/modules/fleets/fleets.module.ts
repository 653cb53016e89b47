import type { FastifyInstance } from 'fastify'
import type { FleetDeps } from './fleet-deps.ts'
import { provideFleetTopics } from './fleet-topics.ts'
import { registerFleetVariables } from './fleet-variables.routes.ts'
import { registerFleets } from './fleets.routes.ts'
import { registerProvisioningKeys } from './provisioning-keys.routes.ts'

/** Fleets: counters, policy, wall, provisioning keys and fleet variables. */
export function fleetsModule(deps: FleetDeps) {
  provideFleetTopics(deps)
  return {
    register(app: FastifyInstance): void {
      registerFleets(app, deps)
      registerProvisioningKeys(app, deps)
      registerFleetVariables(app, deps)
    },
  }
}
