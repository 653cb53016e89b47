import { afterAll, beforeAll, beforeEach, expect, test } from 'vitest'
import type { Database } from '../../platform/db/database.ts'
import { emptyDatabase, describeOnStores } from '../../testing/databases.ts'
import { seedDevice, seedFleet, type SeededDevice } from '../../testing/fleet-seed.ts'
import { seedLogLines } from '../../testing/log-lines.ts'
import { previewRetention } from './log-retention.rules.ts'
import { pruneLogs, pruneLogsByCount, readHours, readUsage } from './log-retention.store.ts'

const HOUR_MS = 3_600_000
const now = new Date(Date.UTC(2026, 0, 10, 12))
/** What is counted of a line beside its text. */
const BESIDE = 160

describeOnStores('retention', ({ open }) => {
  let database: Database
  let device: SeededDevice
  let other: SeededDevice
  beforeAll(async () => {
    database = await open()
  })
  afterAll(() => database.close())
  beforeEach(async () => {
    await emptyDatabase(database)
    device = await seedDevice(database.db, await seedFleet(database.db))
    other = await seedDevice(database.db, await seedFleet(database.db))
  })

  /** Lines of these hours before now, of 40 bytes of text. */
  const store = (of: SeededDevice, hoursAgo: readonly number[]) =>
    seedLogLines(
      database.db,
      of,
      hoursAgo.map((hours) => ({
        received_at: new Date(now.getTime() - hours * HOUR_MS),
        message: 'x'.repeat(40),
      })),
    )
  const left = async (of: SeededDevice) => {
    const rows = await database.db
      .selectFrom('log_line')
      .select('id')
      .where('fleet_id', '=', of.fleetId)
      .orderBy('id')
      .execute()
    return rows.map((row) => row.id)
  }
  const limit = (of: SeededDevice, days: number | null, bytes: number | null) =>
    database.db
      .updateTable('fleet')
      .set({ log_retention_days: days, log_retention_bytes: bytes })
      .where('id', '=', of.fleetId)
      .execute()
  const defaults = { days: 30, bytes: null }

  test('usage follows what is stored and deleted, whoever does it', async () => {
    await store(device, [3, 2, 2, 1])
    await store(other, [1])
    expect(await readUsage(database.db, device.fleetId)).toEqual({
      lines: 4,
      bytes: 4 * (40 + BESIDE),
      oldestAt: new Date(now.getTime() - 3 * HOUR_MS).toISOString(),
      newestAt: new Date(now.getTime() - HOUR_MS).toISOString(),
    })
    expect((await readHours(database.db, device.fleetId)).map((hour) => hour.lines).sort()).toEqual([1, 1, 2])
    await database.db.deleteFrom('log_line').where('device_id', '=', device.deviceId).execute()
    expect(await readUsage(database.db, device.fleetId)).toEqual({
      lines: 0,
      bytes: 0,
      oldestAt: null,
      newestAt: null,
    })
    expect((await readUsage(database.db, other.fleetId)).lines).toBe(1)
  })

  test('each fleet keeps its lines for its own days, others for the default', async () => {
    const own = await store(device, [50, 49, 30, 23, 1])
    const others = await store(other, [50, 24 * 31, 1])
    await limit(device, 1, null)
    expect(await pruneLogs(database.db, defaults, now, 2)).toBe(4)
    expect(await left(device)).toEqual(own.slice(3))
    expect(await left(other)).toEqual([others[0], others[2]])
    expect(await pruneLogs(database.db, defaults, now, 2)).toBe(0)
  })

  test('beyond its size a fleet loses its oldest lines, as many as the preview said', async () => {
    const own = await store(device, [9, 8, 7, 6, 5, 4, 3, 2, 1])
    await store(other, [9, 8, 7])
    await limit(device, null, 4 * (40 + BESIDE))
    const limits = { days: 30, bytes: 4 * (40 + BESIDE) }
    const preview = previewRetention(await readHours(database.db, device.fleetId), limits, now.getTime())
    expect(preview.lines).toBe(5)
    expect(await pruneLogs(database.db, defaults, now, 2)).toBe(5)
    expect(await left(device)).toEqual(own.slice(5))
    expect((await left(other)).length).toBe(3)
  })

  test('lines of a fleet that is gone go with the default', async () => {
    await store({ ...device, fleetId: 4_711 }, [24 * 40, 1])
    expect(await pruneLogs(database.db, defaults, now, 10)).toBe(1)
  })

  test('of each device the newest lines are kept', async () => {
    const own = await store(device, [9, 8, 7, 6, 5])
    const others = await store(other, [2, 1])
    expect(await pruneLogsByCount(database.db, 3, 1)).toBe(2)
    expect(await left(device)).toEqual(own.slice(2))
    expect(await left(other)).toEqual(others)
  })
})
