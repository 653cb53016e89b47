import type { FastifyInstance } from 'fastify'
import { routes } from '#contract/routes'
import { Problem } from '../../platform/problem.ts'
import { registerRoute } from '../../platform/register-route.ts'
import { hashSecret, makeSecret } from '../../platform/secrets.ts'
import type { FleetDeps } from './fleet-deps.ts'
import { existingFleet } from './fleets.routes.ts'

/** Keys with which new devices join a fleet. */
export function registerProvisioningKeys(app: FastifyInstance, deps: FleetDeps): void {
  const view = (row: {
    id: number
    name: string
    created_by: string
    created_at: Date
    expires_at: Date | null
    last_used_at: Date | null
  }) => ({
    id: row.id,
    name: row.name,
    createdBy: row.created_by,
    createdAt: row.created_at.toISOString(),
    expiresAt: row.expires_at?.toISOString() ?? null,
    lastUsedAt: row.last_used_at?.toISOString() ?? null,
  })
  registerRoute(app, routes.listProvisioningKeys, async ({ params }) => {
    await existingFleet(deps, params.fleetId)
    const rows = await deps.db
      .selectFrom('provisioning_key')
      .selectAll()
      .where('fleet_id', '=', params.fleetId)
      .where('revoked_at', 'is', null)
      .orderBy('id', 'desc')
      .execute()
    return { keys: rows.map(view) }
  })
  registerRoute(app, routes.createProvisioningKey, async ({ params, body, caller }) => {
    await existingFleet(deps, params.fleetId)
    const secret = makeSecret('whp_')
    if (body.expiresAt !== null && new Date(body.expiresAt) <= deps.now())
      throw Problem.invalid('body.expiresAt', 'must lie in the future')
    const row = await deps.db.transaction().execute(async (trx) => {
      const added = await trx
        .insertInto('provisioning_key')
        .values({
          fleet_id: params.fleetId,
          name: body.name,
          key_hash: hashSecret(secret),
          created_by: caller.name,
          created_at: deps.now(),
          expires_at: body.expiresAt,
        })
        .returningAll()
        .executeTakeFirstOrThrow()
      await deps.audit(trx, {
        actor: caller,
        action: 'provisioning-key.create',
        subjectKind: 'provisioning-key',
        subjectId: String(added.id),
        fleetId: params.fleetId,
        summary: `Made the provisioning key ${body.name}`,
      })
      return added
    })
    return { ...view(row), secret }
  })
  registerRoute(app, routes.revokeProvisioningKey, async ({ params, caller }) => {
    await deps.db.transaction().execute(async (trx) => {
      const row = await trx
        .updateTable('provisioning_key')
        .set({ revoked_at: deps.now() })
        .where('id', '=', params.keyId)
        .where('fleet_id', '=', params.fleetId)
        .where('revoked_at', 'is', null)
        .returning('name')
        .executeTakeFirst()
      if (!row) throw Problem.notFound('provisioning key', String(params.keyId))
      await deps.audit(trx, {
        actor: caller,
        action: 'provisioning-key.revoke',
        subjectKind: 'provisioning-key',
        subjectId: String(params.keyId),
        fleetId: params.fleetId,
        summary: `Revoked the provisioning key ${row.name}`,
      })
    })
  })
}
