import { sql, type Kysely } from 'kysely'
import { expect, test } from 'vitest'
import type { Schema } from '../../platform/db/schema.ts'
import { describeOnPostgres } from '../../testing/databases.ts'
import { Scene } from '../../testing/scene.ts'
import { closeAllChannels } from './action-presence.store.ts'

/** Whether a statement waits for what another transaction holds. */
async function isWaiting(db: Kysely<Schema>): Promise<boolean> {
  const { rows } = await sql`
    select 1 from pg_stat_activity where datname = current_database() and wait_event_type = 'Lock'`.execute(
    db,
  )
  return rows.length > 0
}

describeOnPostgres('a start while another gateway writes the same devices', (store) => {
  test('closes all channels, also when the two wait for each other', async () => {
    const database = await store.open()
    const scene = await Scene.on(database)
    try {
      const devices = await scene.devices(await scene.fleet(), 2)
      const rows = await database.db.selectFrom('device').select('id').orderBy('id').execute()
      const [low, high] = rows.map(({ id }) => id)
      expect(rows).toHaveLength(devices.length)
      await database.db.updateTable('device').set({ has_action_channel: true }).execute()
      const touch = (db: Kysely<Schema>, id: number | undefined) =>
        db
          .updateTable('device')
          .set({ status: 'written' })
          .where('id', '=', id ?? 0)
          .execute()
      const closing: Promise<void>[] = []
      // It holds the second and then wants the first, which the start holds by then and wants the second.
      const other = database.db.transaction().execute(async (trx) => {
        await touch(trx, high)
        closing.push(closeAllChannels(database.db))
        await expect.poll(() => isWaiting(database.db)).toBe(true)
        await touch(trx, low)
      })
      // Either may be the one that is ended; the start has to come through.
      await other.catch((error: unknown) => expect(error).toMatchObject({ code: '40P01' }))
      await Promise.all(closing)
      const left = await database.db
        .selectFrom('device')
        .select('id')
        .where('has_action_channel', '=', true)
        .execute()
      expect(left).toEqual([])
    } finally {
      await scene.close()
      await database.close()
    }
  })
})
