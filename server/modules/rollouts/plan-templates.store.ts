import type { Kysely, Transaction } from 'kysely'
import {
  defaultRolloutPlan,
  standardPlans,
  type PlanTemplate,
  type RolloutPlan,
} from '#contract/rollout-plan'
import type { Schema } from '../../platform/db/schema.ts'
import { Problem } from '../../platform/problem.ts'

type Db = Kysely<Schema> | Transaction<Schema>

/** The plans that are always there. */
export const standard = (): PlanTemplate[] =>
  standardPlans.map((template) => ({ id: null, ...template, updatedAt: null, updatedBy: null }))

/** The fleet's own plans by name, then the standard ones. */
export async function listTemplates(db: Db, fleetId: number): Promise<PlanTemplate[]> {
  const own = await db
    .selectFrom('plan_template')
    .selectAll()
    .where('fleet_id', '=', fleetId)
    .orderBy('name')
    .execute()
  return [
    ...own.map((row) => ({
      id: row.id,
      name: row.name,
      description: row.description,
      plan: row.plan,
      updatedAt: row.updated_at.toISOString(),
      updatedBy: row.updated_by,
    })),
    ...standard(),
  ]
}

/** The plan that a start or a preview means: the one it brings, the one it names, else everyone at once. */
export async function resolvePlan(
  db: Db,
  fleetId: number,
  body: { plan?: RolloutPlan | undefined; template?: string | undefined },
): Promise<RolloutPlan> {
  if (body.plan) return body.plan
  const { template: name } = body
  if (name === undefined) return defaultRolloutPlan
  const templates = await listTemplates(db, fleetId)
  const found = templates.find((template) => template.name.toLowerCase() === name.toLowerCase())
  if (!found) {
    const names = templates.map((template) => template.name).join(', ')
    throw Problem.invalid('body.template', `is not a plan of this fleet; there are ${names}`)
  }
  return found.plan
}
