import { sql } from 'kysely'
import { expect, test, vi } from 'vitest'
import { describeOnPostgres } from '../../testing/databases.ts'
import { seedDevice, seedFleet, seedRelease } from '../../testing/fleet-seed.ts'
import type { DeviceInput } from './device-step.ts'
import { makeDeviceWriter } from './device-writer.ts'
import { DevicesBehind } from './devices-behind.ts'

test('a device is behind as long as something of it is, also when that fails', async () => {
  const behind = new DevicesBehind()
  const settle: { store: () => void; fail: () => void } = { store: () => undefined, fail: () => undefined }
  const first = behind.until(1, new Promise<void>((resolve) => (settle.store = resolve)))
  const second = behind.until(
    1,
    new Promise<void>((_resolve, reject) => (settle.fail = () => reject(new Error('it was not stored')))),
  )
  expect([behind.has(1), behind.has(2)]).toEqual([true, false])
  settle.store()
  await first
  expect(behind.has(1)).toBe(true)
  settle.fail()
  await expect(second).rejects.toThrow('it was not stored')
  expect(behind.has(1)).toBe(false)
})

describeOnPostgres('a device that somebody else holds', (store) => {
  test('holds up no other, and what it says meanwhile is stored in its order', async () => {
    const database = await store.open()
    try {
      const { db } = database
      const fleet = await seedFleet(db)
      const release = await seedRelease(db, fleet.fleetId, { services: { main: {} } })
      const device = () => seedDevice(db, fleet, { targetReleaseId: release.releaseId })
      const [held, other] = [(await device()).deviceId, (await device()).deviceId]
      const writer = makeDeviceWriter({
        db,
        now: () => new Date('2026-01-15T12:00:00.000Z'),
        listeningSinceMs: () => Date.parse('2026-01-15T12:00:00.000Z'),
        metricSpacingMs: 60_000,
        maxQueued: 100,
        judge: () => ({ health: 'ok', reasons: [], nextCheckAtMs: null }),
        publish: () => undefined,
      })
      const report = (deviceId: number, cpu_usage: number): DeviceInput => ({
        kind: 'report',
        deviceId,
        report: { cpu_usage },
      })
      await Promise.all([writer.submit(report(held, 1)), writer.submit(report(other, 1))])
      // Somebody has written it since it was remembered, and somebody holds it now.
      await sql`update device set revision = revision + 1 where id = ${held}`.execute(db)
      const holder = await db.startTransaction().execute()
      await sql`select 1 from device where id = ${held} for update`.execute(holder)
      const acknowledged: string[] = []
      const say = (name: string, deviceId: number, cpu: number) =>
        writer.submit(report(deviceId, cpu)).then(() => acknowledged.push(name))
      const waiting = [say('held 2', held, 2)]
      await say('other 2', other, 2)
      for (const cpu of [3, 4]) {
        waiting.push(say(`held ${String(cpu)}`, held, cpu))
        await say(`other ${String(cpu)}`, other, cpu)
      }
      expect(acknowledged).toEqual(['other 2', 'other 3', 'other 4'])
      await holder.commit().execute()
      await Promise.all(waiting)
      expect(acknowledged.slice(3)).toEqual(['held 2', 'held 3', 'held 4'])
      const stored = async (deviceId: number) =>
        (
          await db
            .selectFrom('device')
            .select('cpu_percent')
            .where('id', '=', deviceId)
            .executeTakeFirstOrThrow()
        ).cpu_percent
      expect([await stored(held), await stored(other)]).toEqual([4, 4])
      // It is remembered again, and goes with the others.
      await vi.waitFor(() => expect(writer.queued).toBe(0))
      await writer.submit(report(held, 5))
      expect(await stored(held)).toBe(5)
    } finally {
      await database.close()
    }
  })
})
