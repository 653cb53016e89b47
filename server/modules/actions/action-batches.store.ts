import { sql } from 'kysely'
import { actionStates, type ActionBatch, type ActionState, type BatchAction } from '#contract/device-action'
import type { FleetScope } from '#contract/role'
import { isFleetWithin, type Within } from '../../platform/within.ts'
import { toAction, type ActionRequest, type Db } from './actions.store.ts'
import { expiryOf } from './actions.store.ts'

/** Stores that an action is asked of so many devices. */
export async function insertBatch(
  db: Db,
  request: ActionRequest,
  total: number,
  actor: string,
  now: Date,
): Promise<number> {
  const { id } = await db
    .insertInto('action_batch')
    .values({
      kind: request.kind,
      service_name: request.serviceName ?? null,
      is_forced: request.force,
      reason: request.reason,
      override_minutes: request.overrideMinutes ?? null,
      created_by: actor,
      created_at: now,
      expires_at: expiryOf(request, now),
      total,
    })
    .returning('id')
    .executeTakeFirstOrThrow()
  return id
}

type BatchRow = Omit<ActionBatch, 'createdAt' | 'expiresAt' | 'counts'> & {
  created_at: Date
  expires_at: Date
  counts: Record<string, number> | null
}
const none = Object.fromEntries(actionStates.map((state) => [state, 0])) as Record<ActionState, number>

const toBatch = ({ created_at, expires_at, counts, ...row }: BatchRow): ActionBatch => ({
  ...row,
  createdAt: created_at.toISOString(),
  expiresAt: expires_at.toISOString(),
  counts: { ...none, ...counts },
})

/** SQL over `b`: all of its devices stand in these fleets. */
const isWholeWithin = (within: FleetScope) =>
  within === 'all'
    ? sql`true`
    : sql`not exists (select 1 from device_action a join device d on d.id = a.device_id
        where a.batch_id = b.id and not ${isFleetWithin(within, sql`d.fleet_id`)})`

/** Bulk actions with their counts, newest first: before this id, or one. */
export async function readBatches(
  db: Db,
  page: Within<{ before: number | null; limit: number }> | { id: number },
): Promise<ActionBatch[]> {
  const chosen =
    'id' in page
      ? sql`b.id = ${page.id}`
      : sql`${page.before === null ? sql`true` : sql`b.id < ${page.before}`} and ${isWholeWithin(page.within)}`
  const rows = await sql<BatchRow>`
    select b.id, b.kind, b.service_name as "serviceName", b.reason, b.created_by as "createdBy", b.total,
      b.created_at, b.expires_at,
      (select jsonb_object_agg(c.state, c.n) from (
        select a.state, count(*)::int as n from device_action a where a.batch_id = b.id group by a.state) c) as counts
    from action_batch b where ${chosen} order by b.id desc limit ${'id' in page ? 1 : page.limit}`.execute(db)
  return rows.rows.map(toBatch)
}

/** What was asked, to ask it again. */
export const readBatchRequest = (db: Db, batchId: number) =>
  db.selectFrom('action_batch').selectAll().where('id', '=', batchId).executeTakeFirst()

/** Devices on which it did not come to a good end, and that are still there. */
export async function devicesToRetry(db: Db, batchId: number): Promise<number[]> {
  const rows = await db
    .selectFrom('device_action as a')
    .innerJoin('device as d', 'd.id', 'a.device_id')
    .select('d.id')
    .where('a.batch_id', '=', batchId)
    .where('a.state', 'in', ['failed', 'expired', 'cancelled', 'unsupported'])
    .where('d.deleted_at', 'is', null)
    .execute()
  return rows.map((row) => row.id)
}

/** Actions of a bulk one with their devices, in the order they were stored. */
export async function readBatchActions(
  db: Db,
  batchId: number,
  page: { after: number; states: readonly ActionState[]; q: string; limit: number },
): Promise<BatchAction[]> {
  const rows = await db
    .selectFrom('device_action as a')
    .innerJoin('device as d', 'd.id', 'a.device_id')
    .innerJoin('fleet as f', 'f.id', 'd.fleet_id')
    .selectAll('a')
    .select(['d.uuid', 'd.name as device_name', 'f.name as fleet_name'])
    .where('a.batch_id', '=', batchId)
    .where('a.id', '>', page.after)
    .$if(page.states.length > 0, (query) => query.where('a.state', 'in', page.states))
    .$if(page.q !== '', (query) =>
      query.where(
        sql<boolean>`(strpos(lower(d.name), lower(${page.q})) > 0 or starts_with(d.uuid, lower(${page.q})))`,
      ),
    )
    .orderBy('a.id')
    .limit(page.limit)
    .execute()
  return rows.map((row) => ({
    ...toAction(row, row.uuid),
    deviceName: row.device_name,
    fleetName: row.fleet_name,
  }))
}
