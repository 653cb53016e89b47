import { sql, type Transaction } from 'kysely'
import type { RolloutDetail, RolloutState } from '#contract/rollout'
import type { Schema } from '../../platform/db/schema.ts'
import { iso, type Db } from './rollout-rows.ts'

type Trx = Transaction<Schema>

/** Notes that a rollout stands still, or no longer does; called in the transaction of every change of its state. */
export async function markPause(
  trx: Trx,
  rolloutId: number,
  state: RolloutState,
  by: { actor: string; reason: string },
  now: Date,
): Promise<void> {
  if (state === 'paused')
    await sql`
      insert into rollout_pause (rollout_id, began_at, actor, reason)
      values (${rolloutId}, ${now}, ${by.actor}, ${by.reason}) on conflict do nothing`.execute(trx)
  else
    await trx
      .updateTable('rollout_pause')
      .set({ ended_at: now })
      .where('rollout_id', '=', rolloutId)
      .where('ended_at', 'is', null)
      .execute()
}

/** Every time a rollout stood still, oldest first; the last one may last. */
export async function readPauses(db: Db, rolloutId: number): Promise<RolloutDetail['pauses']> {
  const rows = await db
    .selectFrom('rollout_pause')
    .selectAll()
    .where('rollout_id', '=', rolloutId)
    .orderBy('began_at')
    .execute()
  return rows.map((row) => ({
    from: iso(row.began_at),
    to: row.ended_at === null ? null : iso(row.ended_at),
    actor: row.actor,
    reason: row.reason,
  }))
}
