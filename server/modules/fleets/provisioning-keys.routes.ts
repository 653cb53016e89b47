import type { FastifyInstance } from 'fastify'
import { sql, type Selectable, type Transaction } from 'kysely'
import type { z } from 'zod'
import type { newProvisioningKey, ProvisioningKey } from '#contract/fleet'
import { routes } from '#contract/routes'
import type { Schema } from '../../platform/db/schema.ts'
import { Problem } from '../../platform/problem.ts'
import { registerRoute, type Caller } from '../../platform/register-route.ts'
import { hashSecret, makeSecret } from '../../platform/secrets.ts'
import type { FleetDeps } from './fleet-deps.ts'
import { existingFleet } from './fleets.routes.ts'

type KeyRow = Selectable<Schema['provisioning_key']>
type Trx = Transaction<Schema>

const HOUR_MS = 3_600_000

const toKey = (row: KeyRow): ProvisioningKey => ({
  id: row.id,
  name: row.name,
  createdBy: row.created_by,
  createdAt: row.created_at.toISOString(),
  expiresAt: row.expires_at?.toISOString() ?? null,
  lastUsedAt: row.last_used_at?.toISOString() ?? null,
  registered: row.registered,
  replacedAt: row.replaced_at?.toISOString() ?? null,
})
const withReason = (words: string, reason: string) => (reason === '' ? words : `${words}: ${reason}`)

/** Ends a key after so many hours because another one takes its place; an end that it has already and is sooner stays. */
async function replaceKey(
  trx: Trx,
  fleetId: number,
  { keyId, inHours }: NonNullable<z.output<typeof newProvisioningKey>['replaces']>,
  now: Date,
): Promise<KeyRow> {
  const ends = new Date(now.getTime() + inHours * HOUR_MS)
  const row = await trx
    .updateTable('provisioning_key')
    .set(
      inHours === 0
        ? { revoked_at: now, replaced_at: now }
        : { expires_at: sql<Date>`least(expires_at, ${ends}::timestamptz)`, replaced_at: now },
    )
    .where('id', '=', keyId)
    .where('fleet_id', '=', fleetId)
    .where('revoked_at', 'is', null)
    .returningAll()
    .executeTakeFirst()
  if (!row) throw Problem.invalid('body.replaces.keyId', 'is no provisioning key of this fleet')
  return row
}

/** Makes a key, and ends the one it replaces. */
async function createKey(
  deps: FleetDeps,
  fleetId: number,
  body: z.output<typeof newProvisioningKey>,
  caller: Caller,
): Promise<ProvisioningKey & { secret: string }> {
  const now = deps.now()
  if (body.expiresAt !== null && new Date(body.expiresAt) <= now)
    throw Problem.invalid('body.expiresAt', 'must lie in the future')
  const secret = makeSecret('whp_')
  const { name, reason, replaces } = body
  const row = await deps.db.transaction().execute(async (trx) => {
    const replaced = replaces && (await replaceKey(trx, fleetId, replaces, now))
    const added = await trx
      .insertInto('provisioning_key')
      .values({
        fleet_id: fleetId,
        name,
        key_hash: hashSecret(secret),
        created_by: caller.name,
        created_at: now,
        expires_at: body.expiresAt,
      })
      .returningAll()
      .executeTakeFirstOrThrow()
    const made = `Made the provisioning key ${name}`
    await deps.audit(trx, {
      actor: caller,
      action: replaced ? 'provisioning-key.rotate' : 'provisioning-key.create',
      subjectKind: 'provisioning-key',
      subjectId: String(added.id),
      fleetId,
      summary: withReason(replaced ? `${made} in place of ${replaced.name}` : made, reason),
      data: {
        reason,
        ...(replaced
          ? { replacedId: replaced.id, endsAt: (replaced.revoked_at ?? replaced.expires_at)?.toISOString() }
          : {}),
      },
    })
    return added
  })
  return { ...toKey(row), secret }
}

/** Keys with which new devices join a fleet. */
export function registerProvisioningKeys(app: FastifyInstance, deps: FleetDeps): void {
  registerRoute(app, routes.listProvisioningKeys, async ({ params }) => {
    await existingFleet(deps, params.fleetId)
    const rows = await deps.db
      .selectFrom('provisioning_key')
      .selectAll()
      .where('fleet_id', '=', params.fleetId)
      .where('revoked_at', 'is', null)
      .orderBy('id', 'desc')
      .execute()
    return { keys: rows.map(toKey) }
  })
  registerRoute(app, routes.createProvisioningKey, async ({ params, body, caller }) => {
    await existingFleet(deps, params.fleetId)
    return createKey(deps, params.fleetId, body, caller)
  })
  registerRoute(app, routes.revokeProvisioningKey, async ({ params, query, caller }) => {
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
        summary: withReason(`Revoked the provisioning key ${row.name}`, query.reason),
        data: { reason: query.reason },
      })
    })
  })
}
