import { sql, type Transaction } from 'kysely'
import { expect, test } from 'vitest'
import { defaultRolloutPlan } from '#contract/rollout-plan'
import type { Schema } from '../../platform/db/schema.ts'
import { describeOnStores } from '../../testing/databases.ts'
import { rolloutScene } from '../../testing/rollout-scene.ts'
import { readDue } from './rollout-due.store.ts'

const DEVICES = 5_000

describeOnStores('rollouts with nothing due', ({ open }) => {
  const on = rolloutScene(open)

  test('are passed over without reading their devices', async () => {
    const { db } = on.database
    const now = on.scene.app.clock.now()
    const soaking = new Date(now.getTime() + 3_600_000)
    const long = { ...defaultRolloutPlan, phases: [{ ...defaultRolloutPlan.phases[0], soakSeconds: 3600 }] }
    const id = await on.start({ plan: long })
    for (const device of on.devices) await device.runs(on.next)
    await sql`insert into device (uuid, fleet_id, device_type, name, key_hash, connectivity, joined_at)
      select md5(n::text), ${on.fleet.id}, 'raspberrypi4-64', 'extra ' || n, 'extra ' || n, 'online',
        ${new Date(now.getTime() - 86_400_000)} from generate_series(1, ${DEVICES}) n`.execute(db)
    await sql`insert into rollout_device (rollout_id, device_id, position, state, due_at)
      select ${id}, d.id, 0, 'verifying', ${soaking} from device d where d.name like 'extra %'`.execute(db)
    await sql`analyze rollout_device, device`.execute(db)
    const walked = async (trx: Transaction<Schema>) => {
      const { rows } = await sql<{ members: number; devices: number }>`
        select pg_stat_get_xact_tuples_returned('rollout_device'::regclass) as members,
          pg_stat_get_xact_tuples_returned('device'::regclass) as devices`.execute(trx)
      return rows[0]
    }
    // Rows that were read by walking a table; an index finds that there are none.
    await db.transaction().execute(async (trx) => {
      const before = await walked(trx)
      expect(await readDue(trx, now)).toEqual([])
      expect(await walked(trx)).toEqual(before)
    })
    expect(await readDue(db, soaking)).toMatchObject([{ id, hasDue: true, isAsked: false }])
  })
})
