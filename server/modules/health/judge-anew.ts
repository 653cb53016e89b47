import type { Kysely } from 'kysely'
import type { Schema } from '../../platform/db/schema.ts'

const BATCH = 500
/** Batches in one turn: what devices send in the meantime must not wait long. */
const BATCHES_A_TURN = 4

/**
 * Job: judges the devices of fleets whose limits changed, in batches; how far it came is stored, so that a restart goes
 * on from there. Costs one index look-up when no limits changed. Answers how many devices were judged.
 */
export async function judgeAnew(
  db: Kysely<Schema>,
  check: (deviceIds: readonly number[]) => Promise<void>,
): Promise<number> {
  let judged = 0
  for (let batch = 0; batch < BATCHES_A_TURN; batch++) {
    const fleet = await db
      .selectFrom('fleet')
      .select(['id', 'judged_up_to'])
      .where('judged_up_to', 'is not', null)
      .orderBy('id')
      .executeTakeFirst()
    if (!fleet) break
    const from = fleet.judged_up_to ?? 0
    const devices = await db
      .selectFrom('device')
      .select('id')
      .where('fleet_id', '=', fleet.id)
      .where('deleted_at', 'is', null)
      .where('id', '>', from)
      .orderBy('id')
      .limit(BATCH)
      .execute()
    if (devices.length > 0) await check(devices.map((device) => device.id))
    judged += devices.length
    await db
      .updateTable('fleet')
      .set({ judged_up_to: devices.length < BATCH ? null : (devices.at(-1)?.id ?? null) })
      .where('id', '=', fleet.id)
      // Limits that were changed again meanwhile begin anew.
      .where('judged_up_to', '=', from)
      .execute()
  }
  return judged
}
