import type { FastifyInstance } from 'fastify'
import { routes } from '#contract/routes'
import { Problem } from '../../platform/problem.ts'
import { registerRoute } from '../../platform/register-route.ts'
import { deleteVariable, readVariables, setVariable } from '../../platform/variables.ts'
import type { FleetDeps } from './fleet-deps.ts'
import { existingFleet } from './fleets.routes.ts'

/** Variables of a fleet and of its services. */
export function registerFleetVariables(app: FastifyInstance, deps: FleetDeps): void {
  registerRoute(app, routes.listFleetVariables, async ({ params }) => {
    await existingFleet(deps, params.fleetId)
    return { variables: await readVariables(deps.db, params.fleetId, null) }
  })
  registerRoute(app, routes.setFleetVariable, async ({ params, body, caller }) => {
    await existingFleet(deps, params.fleetId)
    const id = await deps.db.transaction().execute(async (trx) => {
      await deps.audit(trx, {
        actor: caller,
        action: 'variable.set',
        subjectKind: 'fleet',
        subjectId: String(params.fleetId),
        fleetId: params.fleetId,
        summary: `Set the ${body.kind} variable ${body.name}`,
        data: { name: body.name, service: body.service },
      })
      return setVariable(trx, { fleetId: params.fleetId, deviceId: null, ...body })
    })
    deps.nudgeFleet(params.fleetId)
    const variable = (await readVariables(deps.db, params.fleetId, null)).find((other) => other.id === id)
    if (!variable) throw Problem.notFound('variable', String(id))
    return variable
  })
  registerRoute(app, routes.deleteFleetVariable, async ({ params, caller }) => {
    await deps.db.transaction().execute(async (trx) => {
      const name = await deleteVariable(trx, params.variableId, params.fleetId, null)
      if (name === null) throw Problem.notFound('variable', String(params.variableId))
      await deps.audit(trx, {
        actor: caller,
        action: 'variable.delete',
        subjectKind: 'fleet',
        subjectId: String(params.fleetId),
        fleetId: params.fleetId,
        summary: `Removed the variable ${name}`,
        data: { name, isRemoval: true },
      })
    })
    deps.nudgeFleet(params.fleetId)
  })
}
