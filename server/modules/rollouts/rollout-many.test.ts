import { sql } from 'kysely'
import { expect, test } from 'vitest'
import { defaultRolloutPlan } from '#contract/rollout-plan'
import { describeOnStores } from '../../testing/databases.ts'
import { rolloutScene } from '../../testing/rollout-scene.ts'
import { readSituation } from './rollout-phases.store.ts'
import { readNextWaiting } from './rollout-waiting.service.ts'

const DEVICES = 2_000

describeOnStores('a rollout to many devices', ({ open }) => {
  const on = rolloutScene(open)

  test('is known to the planner of the store before the first device is offered anything', async () => {
    const { db } = on.database
    await sql`insert into device (uuid, fleet_id, device_type, name, key_hash, connectivity, joined_at)
      select md5(n::text), ${on.fleet.id}, 'raspberrypi4-64', 'extra ' || n, 'extra ' || n, 'online', now()
      from generate_series(1, ${DEVICES}) n`.execute(db)
    // As it is on a gateway on which no rollout ever was.
    await sql`truncate rollout_device`.execute(db)
    await on.start({ plan: { ...defaultRolloutPlan, startsPerMinute: 1 } })
    const { rows } = await sql<{ known: number }>`
      select reltuples::int as known from pg_class where oid = 'rollout_device'::regclass`.execute(db)
    expect(rows[0]?.known).toBeGreaterThanOrEqual(DEVICES)
  })

  test('does not read the devices of phases that are not open, with every step', async () => {
    const { db } = on.database
    const [phase] = defaultRolloutPlan.phases
    const phases = [50, 100].map((percent) => ({ ...phase!, reach: { kind: 'percent' as const, percent } }))
    const id = await on.start({ plan: { ...defaultRolloutPlan, phases } })
    await db.transaction().execute(async (trx) => {
      const rollout = await trx
        .selectFrom('rollout')
        .selectAll()
        .where('id', '=', id)
        .executeTakeFirstOrThrow()
      const situation = await readSituation(trx, rollout)
      expect(situation.phases.map(({ tally }) => tally.states.waiting > 0)).toEqual([false, true])
      expect(await readNextWaiting(trx, rollout, situation, on.scene.app.clock.now())).toEqual({
        members: [],
        asked: 0,
        windowOpensAtMs: null,
      })
    })
  })
})
