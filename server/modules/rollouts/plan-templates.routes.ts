import type { FastifyInstance } from 'fastify'
import { sql } from 'kysely'
import { routes } from '#contract/routes'
import { Problem } from '../../platform/problem.ts'
import { registerRoute } from '../../platform/register-route.ts'
import { listTemplates, standard } from './plan-templates.store.ts'
import type { RolloutDeps } from './rollouts.service.ts'

type TemplateDeps = Pick<RolloutDeps, 'db' | 'now' | 'audit'>

/** Named plans of a fleet, beside the standard ones which are always there. */
export function registerPlanTemplates(app: FastifyInstance, deps: TemplateDeps): void {
  registerRoute(app, routes.listPlanTemplates, async ({ params }) => ({
    templates: await listTemplates(deps.db, params.fleetId),
  }))
  registerRoute(app, routes.savePlanTemplate, async ({ params, body, caller }) => {
    if (standard().some((template) => template.name.toLowerCase() === body.name.toLowerCase()))
      throw Problem.invalid('body.name', 'is the name of a standard plan; choose another')
    return deps.db.transaction().execute(async (trx) => {
      const fleet = await trx
        .selectFrom('fleet')
        .select('name')
        .where('id', '=', params.fleetId)
        .executeTakeFirst()
      if (!fleet) throw Problem.notFound('fleet', String(params.fleetId))
      const plan = JSON.stringify(body.plan)
      const saved = await sql<{ id: number }>`
        insert into plan_template (fleet_id, name, description, plan, updated_by, updated_at)
        values (${params.fleetId}, ${body.name}, ${body.description}, ${plan}::jsonb, ${caller.name}, ${deps.now()})
        on conflict (fleet_id, lower(name)) do update set name = excluded.name, description = excluded.description,
          plan = excluded.plan, updated_by = excluded.updated_by, updated_at = excluded.updated_at
        returning id`.execute(trx)
      await deps.audit(trx, {
        actor: caller,
        action: 'plan-template.save',
        subjectKind: 'fleet',
        subjectId: String(params.fleetId),
        fleetId: params.fleetId,
        summary: `Kept the rollout plan "${body.name}" of ${fleet.name}`,
      })
      return {
        ...body,
        id: saved.rows[0]?.id ?? null,
        updatedAt: deps.now().toISOString(),
        updatedBy: caller.name,
      }
    })
  })
  registerRoute(app, routes.deletePlanTemplate, async ({ params, caller }) => {
    await deps.db.transaction().execute(async (trx) => {
      const gone = await trx
        .deleteFrom('plan_template')
        .where('id', '=', params.templateId)
        .where('fleet_id', '=', params.fleetId)
        .returning('name')
        .executeTakeFirst()
      if (!gone) throw Problem.notFound('plan', String(params.templateId))
      await deps.audit(trx, {
        actor: caller,
        action: 'plan-template.delete',
        subjectKind: 'fleet',
        subjectId: String(params.fleetId),
        fleetId: params.fleetId,
        summary: `Forgot the rollout plan "${gone.name}"`,
      })
    })
  })
}
