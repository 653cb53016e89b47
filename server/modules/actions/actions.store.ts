import { sql, type Kysely, type RawBuilder, type Transaction } from 'kysely'
import type { z } from 'zod'
import { actionWayOf, type Action, type ActionKind, type actionRequest } from '#contract/device-action'
import type { Change } from '../../platform/changes.ts'
import type { Schema } from '../../platform/db/schema.ts'

export type Db = Kysely<Schema> | Transaction<Schema>
export const MINUTE_MS = 60_000

export type ActionRequest = z.output<typeof actionRequest> & { kind: ActionKind }
/** Whose action changed, as listeners are told. */
export type Touched = { deviceId: number; uuid: string; fleetId: number; batchId: number | null }
export const touched = sql`d.id as "deviceId", d.uuid, d.fleet_id as "fleetId", a.batch_id as "batchId"`

/** `target`: what the device should run has changed too. */
export function changesOf(rows: readonly Touched[], isTarget = false): Change[] {
  const devices = new Map(rows.map((row) => [row.deviceId, row]))
  const batches = new Set(rows.flatMap((row) => row.batchId ?? []))
  const aspects = new Set(isTarget ? (['event', 'target'] as const) : (['event'] as const))
  return [
    ...[...devices.values()].map(({ deviceId, uuid, fleetId }): Change => ({
      kind: 'device',
      deviceId,
      uuid,
      fleetId,
      aspects,
    })),
    ...[...batches].map((batchId): Change => ({ kind: 'action-batch', batchId })),
  ]
}

type Stored = {
  id: number
  command_id: string
  kind: ActionKind
  way: Action['way']
  service_name: string | null
  is_forced: boolean
  state: Action['state']
  message: string | null
  reason: string
  created_by: string
  created_at: Date
  expires_at: Date
  delivered_at: Date | null
  answer_by: Date | null
  finished_at: Date | null
  overridden_until: Date | null
  batch_id: number | null
}
export const toAction = (row: Stored, uuid: string): Action => ({
  id: row.id,
  commandId: row.command_id,
  deviceUuid: uuid,
  kind: row.kind,
  way: row.way,
  serviceName: row.service_name,
  isForced: row.is_forced,
  state: row.state,
  message: row.message,
  reason: row.reason,
  createdAt: row.created_at.toISOString(),
  createdBy: row.created_by,
  expiresAt: row.expires_at.toISOString(),
  deliveredAt: row.delivered_at?.toISOString() ?? null,
  answerBy: row.answer_by?.toISOString() ?? null,
  finishedAt: row.finished_at?.toISOString() ?? null,
  overriddenUntil: row.overridden_until?.toISOString() ?? null,
  batchId: row.batch_id,
})

/** Why a device cannot be asked for something that needs a socket: it is heard, but never opened one. */
export const keepsNoSocket: RawBuilder<boolean> = sql`(d.action_channel_at is null and not d.is_asked_by_source and d.connectivity in ('online', 'late'))`
export const NO_SOCKET = 'Keeps no socket for actions, as a supervisor of balenaOS does not'

/** When an action that is asked now expires. */
export const expiryOf = (request: ActionRequest, now: Date): Date =>
  new Date(now.getTime() + request.expiresInMinutes * MINUTE_MS)

const overrideEnd = (request: ActionRequest, now: Date): Date | null =>
  request.kind === 'override-lock' && request.overrideMinutes !== undefined
    ? new Date(now.getTime() + request.overrideMinutes * MINUTE_MS)
    : null

/**
 * Stores one action for each device. One that is heard but never opened a socket cannot be asked for what needs it; one
 * that is away gets its action when it comes back in time.
 */
export async function insertActions(
  db: Db,
  deviceIds: readonly number[],
  request: ActionRequest,
  actor: string,
  now: Date,
  batchId: number | null = null,
): Promise<Stored[]> {
  const way = actionWayOf[request.kind]
  const until = overrideEnd(request, now)
  const expiry = expiryOf(request, now)
  const expiresAt = until !== null && until < expiry ? until : expiry
  const service = request.serviceName ?? null
  const cannot = way === 'socket' ? keepsNoSocket : sql<boolean>`false`
  const waits =
    way === 'socket'
      ? sql`case when d.has_action_channel or d.is_asked_by_source then null else 'Waits for the device to open its socket' end`
      : sql`case when d.is_asked_by_source then null else 'Waits for the device to ask for its target' end`
  const rows = await sql<Stored>`
    insert into device_action (device_id, kind, way, service_name, is_forced, reason, created_by, created_at, expires_at,
      batch_id, overridden_until, was_stopped, state, message, finished_at)
    select d.id, ${request.kind}, case when d.is_asked_by_source then 'source' else ${way} end, ${service}::text, ${request.force}, ${request.reason}, ${actor}, ${now}, ${expiresAt},
      ${batchId}::bigint, ${until}::timestamptz,
      exists (select 1 from device_stopped_service s where s.device_id = d.id and s.service_name = ${service}::text),
      case when ${cannot} then 'unsupported' else 'queued' end,
      case when ${cannot} then ${NO_SOCKET} else ${waits} end,
      case when ${cannot} then ${now}::timestamptz end
    from device d where d.id = any(${[...deviceIds]}::bigint[]) and d.deleted_at is null
    order by d.id
    returning *`.execute(db)
  return rows.rows
}

/** Actions of a device, newest first, before this id. */
export async function readActions(
  db: Db,
  uuid: string,
  page: { before: number | null; limit: number },
): Promise<Action[]> {
  const rows = await db
    .selectFrom('device_action as a')
    .innerJoin('device as d', 'd.id', 'a.device_id')
    .selectAll('a')
    .where('d.uuid', '=', uuid)
    .$if(page.before !== null, (query) => query.where('a.id', '<', page.before ?? 0))
    .orderBy('a.id', 'desc')
    .limit(page.limit)
    .execute()
  return rows.map((row) => toAction(row, uuid))
}

/** One action with whose it is; undefined when there is none, or its device was deleted. */
export const findAction = (db: Db, actionId: number) =>
  db
    .selectFrom('device_action as a')
    .innerJoin('device as d', 'd.id', 'a.device_id')
    .selectAll('a')
    .select(['d.uuid', 'd.name as device_name', 'd.fleet_id'])
    .where('a.id', '=', actionId)
    .where('d.deleted_at', 'is', null)
    .executeTakeFirst()

export const readState = (db: Db, actionId: number) =>
  db.selectFrom('device_action').select(['state', 'message']).where('id', '=', actionId).executeTakeFirst()

/** What the device told when it was last asked to collect diagnostics. */
export const readOutput = (db: Db, uuid: string) =>
  db
    .selectFrom('device_action_output as o')
    .innerJoin('device_action as a', 'a.id', 'o.action_id')
    .innerJoin('device as d', 'd.id', 'a.device_id')
    .select(['o.files', 'a.finished_at'])
    .where('d.uuid', '=', uuid)
    .orderBy('a.id', 'desc')
    .executeTakeFirst()
