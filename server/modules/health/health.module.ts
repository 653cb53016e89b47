import type { FastifyInstance } from 'fastify'
import type { Kysely, Transaction } from 'kysely'
import { healthThresholds } from '#contract/health'
import { routes } from '#contract/routes'
import type { AuditInput } from '../../platform/audit-input.ts'
import type { Schema } from '../../platform/db/schema.ts'
import { Problem } from '../../platform/problem.ts'
import { registerRoute } from '../../platform/register-route.ts'
import { ruleTexts } from './rule-texts.ts'

export type HealthDeps = {
  db: Kysely<Schema>
  now: () => Date
  audit: (db: Kysely<Schema> | Transaction<Schema>, entry: AuditInput) => Promise<void>
}

async function readThresholds(db: Kysely<Schema>, fleetId: number) {
  const fleet = await db
    .selectFrom('fleet')
    .select(['health_thresholds', 'name'])
    .where('id', '=', fleetId)
    .executeTakeFirst()
  if (!fleet) throw Problem.notFound('fleet', String(fleetId))
  return fleet
}

/** The rules in words, and each fleet's limits. */
export function healthModule(deps: HealthDeps) {
  return {
    register(app: FastifyInstance): void {
      registerRoute(app, routes.listHealthRules, () => ({ rules: [...ruleTexts] }))
      registerRoute(app, routes.getHealthThresholds, async ({ params }) =>
        healthThresholds.parse((await readThresholds(deps.db, params.fleetId)).health_thresholds),
      )
      registerRoute(app, routes.setHealthThresholds, async ({ params, body, caller }) => {
        const fleet = await readThresholds(deps.db, params.fleetId)
        if (body.cpuTemperatureCriticalC < body.cpuTemperatureAttentionC)
          throw Problem.invalid('body.cpuTemperatureCriticalC', 'must not be below the limit for attention')
        if (body.storageCriticalPercent < body.storageAttentionPercent)
          throw Problem.invalid('body.storageCriticalPercent', 'must not be below the limit for attention')
        await deps.db.transaction().execute(async (trx) => {
          await trx
            .updateTable('fleet')
            .set({ health_thresholds: JSON.stringify(body) })
            .where('id', '=', params.fleetId)
            .execute()
          // Every device of the fleet is due: the sweeper judges them anew, in batches.
          await trx
            .updateTable('device')
            .set({ next_check_at: deps.now() })
            .where('fleet_id', '=', params.fleetId)
            .where('deleted_at', 'is', null)
            .execute()
          await deps.audit(trx, {
            actor: caller,
            action: 'fleet.thresholds',
            subjectKind: 'fleet',
            subjectId: String(params.fleetId),
            fleetId: params.fleetId,
            summary: `Changed the health limits of ${fleet.name}`,
          })
        })
        return body
      })
    },
  }
}
