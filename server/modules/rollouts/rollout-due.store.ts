import { sql, type Kysely, type Transaction } from 'kysely'
import type { Schema } from '../../platform/db/schema.ts'

type Db = Kysely<Schema> | Transaction<Schema>

/** A device that registers while a rollout starts may commit after the members were read. */
const OVERLAP_MS = 60_000

/**
 * SQL over `d` and `ro`: the device joined the fleet after the rollout's start and is no member. Both ends of the time are
 * given, and the members asked for one by one, so that PostgreSQL takes the indexes: it would guess that a third of all
 * devices joined since.
 */
export const isNewcomer = sql<boolean>`d.fleet_id = ro.fleet_id and d.deleted_at is null
  and d.joined_at >= ro.created_at - ${OVERLAP_MS}::int * interval '1 millisecond' and d.joined_at < 'infinity' and (
    select true from rollout_device known where known.rollout_id = ro.id and known.device_id = d.id limit 1) is null`

/** Why a rollout needs a step now; none of it looks at devices that have nothing due. */
export type DueRollout = { id: number; isAsked: boolean; hasDue: boolean; hasNewcomers: boolean }

/** Rollouts in which devices still move. */
export async function readWatched(db: Db): Promise<number[]> {
  const rows = await db
    .selectFrom('rollout')
    .select('id')
    .where('is_watched', '=', true)
    .orderBy('id')
    .execute()
  return rows.map((row) => row.id)
}

/**
 * The rollouts that need a step at `now`, in one query: somebody asked for one, a device or the next offer is due, a phase
 * is late, or devices joined the fleet. The least `due_at` is the end of an index; an
 * `exists` would be answered by walking the table.
 */
export async function readDue(db: Db, now: Date): Promise<DueRollout[]> {
  const result = await sql<DueRollout>`
    select id, "isAsked", "hasDue", "hasNewcomers" from (
      select ro.id, ro.is_asked as "isAsked",
        ro.is_asked or coalesce(ro.next_offer_at <= ${now}, false)
        or coalesce((select min(rd.due_at) from rollout_device rd where rd.rollout_id = ro.id) <= ${now}, false)
        or (ro.state = 'running' and exists (select 1 from rollout_phase p
          where p.rollout_id = ro.id and p.state = 'open' and not p.accepted @> '["success"]'
            and p.opened_at + (ro.plan ->> 'phaseDeadlineMinutes')::int * interval '1 minute' <= ${now})) as "hasDue",
        ro.state in ('running', 'paused') and ro.plan ->> 'newcomers' = 'last-phase'
        and coalesce((select true from device d where ${isNewcomer} limit 1), false) as "hasNewcomers"
      from rollout ro where ro.is_watched) watched
    where "hasDue" or "hasNewcomers" order by id`.execute(db)
  return result.rows
}

/** Devices on their way that were heard or lost since then, with the rollout they are in. */
export async function readHeardSince(
  db: Db,
  since: Date,
): Promise<{ rolloutId: number; deviceId: number }[]> {
  const result = await sql<{ rolloutId: number; deviceId: number }>`
    select rd.rollout_id as "rolloutId", rd.device_id as "deviceId"
    from rollout ro join rollout_device rd on rd.rollout_id = ro.id join device d on d.id = rd.device_id
    where ro.is_watched and rd.state in ('offered', 'downloading', 'installing', 'rebooting', 'verifying', 'offline')
      and greatest(d.last_report_at, d.connectivity_changed_at) >= ${since}`.execute(db)
  return result.rows
}

/** Asks the runner for a step in the transaction of what makes it needed, so that a gateway that dies owes nothing. */
export async function askForStep(trx: Transaction<Schema>, rolloutId: number): Promise<void> {
  await trx
    .updateTable('rollout')
    .set({ is_asked: true, is_watched: true })
    .where('id', '=', rolloutId)
    .execute()
}

/** What the runner must know of a rollout after a step. */
export async function writeNext(
  trx: Transaction<Schema>,
  rollout: { id: number; is_asked: boolean; is_watched: boolean; next_offer_at: Date | null },
  next: { isWatched: boolean; offerAt: Date | null },
): Promise<void> {
  const isSame =
    !rollout.is_asked &&
    rollout.is_watched === next.isWatched &&
    rollout.next_offer_at?.getTime() === next.offerAt?.getTime()
  if (isSame) return
  await trx
    .updateTable('rollout')
    .set({ is_asked: false, is_watched: next.isWatched, next_offer_at: next.offerAt })
    .where('id', '=', rollout.id)
    .execute()
}
