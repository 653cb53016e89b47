import type { Kysely, Transaction } from 'kysely'
import { actionRoles, actionWayOf, type Action } from '#contract/device-action'
import { roleAllows, type Role } from '#contract/session'
import type { AuditInput } from '../../platform/audit-input.ts'
import type { Change } from '../../platform/changes.ts'
import type { Schema } from '../../platform/db/schema.ts'
import { Problem } from '../../platform/problem.ts'
import { insertBatch } from './action-batches.store.ts'
import type { Act } from './carry-actions.ts'
import type { ActionChannel, ChannelDeps } from './action-channel.ts'
import { namedAction, withReason } from './action-words.ts'
import { changesOf, insertActions, toAction, type ActionRequest } from './actions.store.ts'
import { applyToTarget } from './target-actions.store.ts'

export type ActionDeps = Omit<ChannelDeps, 'changed'> & {
  publish: (changes: readonly Change[]) => void
  audit: (db: Kysely<Schema> | Transaction<Schema>, entry: AuditInput) => Promise<void>
  /** Asks a device through the backend it talks to; absent: all talk to this gateway. */
  act?: Act | undefined
}
/** `carry`: looks at once for what the backend of a device is to hand on. */
export type Asker = { deps: ActionDeps; channel: ActionChannel; carry: () => void }
export type Actor = { name: string; kind: 'user' | 'api-token'; role: Role }

/** Refuses what the role may not ask for, and what is not wholly said; `path` is where the request stands in the body. */
export function checkRequest(request: ActionRequest, role: Role, path = 'body'): void {
  const { kind } = request
  const needed = actionRoles[kind]
  if (!roleAllows(role, needed)) throw Problem.forbidden(`${kind} needs the role ${needed}; yours is ${role}`)
  if (kind.endsWith('-service') && request.serviceName === undefined)
    throw Problem.invalid(`${path}.serviceName`, `is needed for ${kind}`)
  if (kind === 'override-lock' && request.overrideMinutes === undefined)
    throw Problem.invalid(`${path}.overrideMinutes`, 'is needed for override-lock')
}

/** What the target state carries must be something that can be in it. */
async function checkService(trx: Transaction<Schema>, deviceId: number, request: ActionRequest) {
  if (request.kind !== 'stop-service' && request.kind !== 'start-service') return
  const name = request.serviceName ?? ''
  const known = await trx
    .selectFrom('device as d')
    .innerJoin('release_image as i', 'i.release_id', 'd.target_release_id')
    .innerJoin('service as s', 's.id', 'i.service_id')
    .select('s.id')
    .where('d.id', '=', deviceId)
    .where('s.name', '=', name)
    .executeTakeFirst()
  if (!known) throw Problem.invalid('body.serviceName', `is no service of the release the device should run`)
}

/** Asks one device; answers the stored action. */
export async function askDevice(
  { deps, channel, carry }: Asker,
  uuid: string,
  request: ActionRequest,
  actor: Actor,
): Promise<Action> {
  checkRequest(request, actor.role)
  const now = deps.now()
  const isTarget = actionWayOf[request.kind] === 'target'
  const what = namedAction(request.kind, request.serviceName)
  const { device, row } = await deps.db.transaction().execute(async (trx) => {
    const found = await trx
      .selectFrom('device')
      .select(['id as deviceId', 'uuid', 'name', 'fleet_id as fleetId', 'key_revoked_at as keyRevokedAt'])
      .where('uuid', '=', uuid)
      .where('deleted_at', 'is', null)
      .executeTakeFirst()
    if (!found) throw Problem.notFound('device', uuid)
    const { deviceId, fleetId, name } = found
    if (!isTarget && found.keyRevokedAt !== null)
      throw Problem.conflict(
        'key-revoked',
        'Its key is revoked: it is reached again when it is back with another one',
      )
    await checkService(trx, deviceId, request)
    await trx
      .insertInto('device_event')
      .values({
        device_id: deviceId,
        fleet_id: fleetId,
        at: now,
        kind: 'action',
        summary: withReason(`Asked for ${what}`, request.reason),
        actor: actor.name,
      })
      .execute()
    await deps.audit(trx, {
      actor,
      action: `device.${request.kind}`,
      subjectKind: 'device',
      subjectId: uuid,
      fleetId,
      summary: withReason(`Asked ${name} for ${what}`, request.reason),
      data: { reason: request.reason, expiresInMinutes: request.expiresInMinutes, force: request.force },
    })
    const [stored] = await insertActions(trx, [deviceId], request, actor.name, now)
    if (!stored) throw Problem.notFound('device', uuid)
    if (isTarget && stored.way === 'target') await applyToTarget(trx, request, [stored.id], now)
    return { device: found, row: stored }
  })
  deps.publish(changesOf([{ ...device, batchId: null }], isTarget))
  await channel.deliver([device.deviceId])
  carry()
  return toAction(row, uuid)
}

/** Asks many devices for the same, in the caller's transaction; call `sent` with what it answers after the commit. */
export async function askMany(
  { deps }: Asker,
  trx: Transaction<Schema>,
  deviceIds: readonly number[],
  request: ActionRequest,
  actor: string,
): Promise<number | null> {
  if (deviceIds.length === 0) return null
  const now = deps.now()
  const batchId = await insertBatch(trx, request, deviceIds.length, actor, now)
  const rows = await insertActions(trx, deviceIds, request, actor, now, batchId)
  if (actionWayOf[request.kind] === 'target')
    await applyToTarget(
      trx,
      request,
      rows.flatMap((row) => (row.way === 'target' ? row.id : [])),
      now,
    )
  return batchId
}

/** Tells who watches of a bulk action that is stored, and its devices that are connected. */
export async function sendBatch({ deps, channel, carry }: Asker, batchId: number): Promise<void> {
  const rows = await deps.db
    .selectFrom('device_action as a')
    .innerJoin('device as d', 'd.id', 'a.device_id')
    .select(['d.id as deviceId', 'd.uuid', 'd.fleet_id as fleetId', 'a.batch_id as batchId', 'a.way'])
    .where('a.batch_id', '=', batchId)
    .execute()
  deps.publish(changesOf(rows, rows[0]?.way === 'target'))
  await channel.deliver(rows.map((row) => row.deviceId))
  carry()
}
