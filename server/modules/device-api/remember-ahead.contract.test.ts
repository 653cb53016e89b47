import { pino } from 'pino'
import { afterAll, beforeAll, expect, test, vi } from 'vitest'
import type { Database } from '../../platform/db/database.ts'
import { describeOnStores, testPglite } from '../../testing/databases.ts'
import { deviceCalls, type DeviceCalls } from '../../testing/device-calls.ts'
import { seedDevice, seedFleet, seedRelease, type SeededDevice } from '../../testing/fleet-seed.ts'
import { watchStatements } from '../../testing/statements.ts'
import { startTestApp, type TestApp } from '../../testing/test-app.ts'
import { twoGateways } from '../../testing/two-gateways.ts'
import { RememberAhead } from './remember-ahead.ts'
import { RememberedDevices } from './remembered-devices.ts'

const COUNT = 12

async function seed(database: Database) {
  const fleet = await seedFleet(database.db)
  const release = await seedRelease(database.db, fleet.fleetId)
  const devices: SeededDevice[] = []
  while (devices.length < COUNT)
    devices.push(await seedDevice(database.db, fleet, { targetReleaseId: release.releaseId }))
  const services = { main: { image: release.images['main'], status: 'Running' } }
  const apps = {
    [fleet.fleetUuid]: {
      release_uuid: release.commit,
      releases: { [release.commit]: { update_status: 'done', services } },
    },
  }
  return { devices, apps }
}

describeOnStores('devices are remembered before they report', ({ open }) => {
  /** `one` has just started. */
  const on = twoGateways(open)
  let devices: SeededDevice[]
  let apps: Awaited<ReturnType<typeof seed>>['apps']
  beforeAll(async () => {
    ;({ devices, apps } = await seed(on.database))
  })
  const remembered = async (app: TestApp) => {
    await vi.waitUntil(() => !app.deviceApi.remembering.isRunning, { timeout: 20_000 })
    expect(app.deviceApi.remembering.devices).toBe(COUNT)
  }
  const report = async (by: DeviceCalls, device: SeededDevice, state: unknown) =>
    expect((await by.report(device, state)).status).toBe(200)
  const stored = async (device: SeededDevice) =>
    on.database.db
      .selectFrom('device')
      .selectAll()
      .where('id', '=', device.deviceId)
      .executeTakeFirstOrThrow()

  test('what another gateway stores meanwhile is not lost', async () => {
    on.one.deviceApi.start()
    for (const device of devices)
      await report(on.otherCalls, device, { status: 'other', cpu_usage: 11, apps })
    await remembered(on.one)
    for (const device of devices) await report(on.calls, device, { memory_usage: 200, memory_total: 1000 })
    for (const device of devices)
      expect(await stored(device)).toMatchObject({ status: 'other', cpu_percent: 11, memory_used_mib: 200 })
  })
  test('nor what it stores after them, nor an exchanged key or a deletion', async () => {
    const again = await startTestApp(on)
    const againCalls = deviceCalls(await again.listen())
    again.deviceApi.start()
    await remembered(again)
    const [first, second, third] = devices
    if (!first || !second || !third) throw new Error('no devices')
    await report(on.otherCalls, first, { status: 'after', cpu_usage: 12 })
    await report(againCalls, first, { memory_usage: 201, memory_total: 1000 })
    expect(await stored(first)).toMatchObject({ status: 'after', cpu_percent: 12, memory_used_mib: 201 })
    const { key_hash: keyHash } = await stored(second)
    await on.database.db
      .updateTable('device')
      .set({ key_hash: 'f'.repeat(64) })
      .where('id', '=', second.deviceId)
      .execute()
    expect((await againCalls.report(second, { status: 'stolen' })).status).toBe(401)
    expect((await againCalls.poll(second)).status).toBe(401)
    await on.database.db
      .updateTable('device')
      .set({ key_hash: keyHash })
      .where('id', '=', second.deviceId)
      .execute()
    const removed = (at: Date | null) =>
      on.database.db.updateTable('device').set({ deleted_at: at }).where('id', '=', third.deviceId).execute()
    await removed(on.clock.now())
    expect((await againCalls.report(third, { status: 'back' })).status).toBe(401)
    expect((await againCalls.poll(third)).status).toBe(304)
    await removed(null)
    await again.close()
  })
  test('then their first reports read nothing but what they all run, once', async () => {
    const watchedNow = watchStatements(on.database)
    const started = await startTestApp({ database: watchedNow.database, clock: on.clock })
    const own = deviceCalls(await started.listen())
    started.deviceApi.start()
    await remembered(started)
    const reads = async (work: () => Promise<unknown>) =>
      (await watchedNow.during(work))
        .map((statement) => statement.sql.trim())
        .filter((text) => /^select/i.test(text))
    const [first, ...others] = devices
    if (!first) throw new Error('no device')
    const ofFirst = await reads(() => report(own, first, { cpu_usage: 20, apps }))
    expect(ofFirst).toEqual([expect.stringContaining('release_image')])
    const ofOthers = await reads(async () => {
      for (const device of others) await report(own, device, { cpu_usage: 20, apps })
    })
    expect(ofOthers).toEqual([])
    for (const device of devices) expect(await stored(device)).toMatchObject({ cpu_percent: 20 })
    await started.close()
  })
})

describeOnStores('remembering ahead', ({ open }) => {
  let database: Database
  beforeAll(async () => {
    database = await open()
    await seed(database)
  })
  afterAll(() => database.close())
  const log = pino({ level: 'silent' })
  const finished = (ahead: RememberAhead) => vi.waitUntil(() => !ahead.isRunning, { timeout: 20_000 })

  test('goes as far as there is room', async () => {
    const remembered = new RememberedDevices(5)
    const ahead = new RememberAhead({ db: database.db, log, remembered, queued: () => 0 })
    ahead.start()
    await finished(ahead)
    expect(remembered.size).toBe(5)
  })
  test('waits while messages wait, and ends with the gateway', async () => {
    const remembered = new RememberedDevices(100)
    const sizes: number[] = []
    const ahead = new RememberAhead({
      db: database.db,
      log,
      remembered,
      queued: () => (sizes.push(remembered.size) < 4 ? 1 : 0),
    })
    ahead.start()
    await finished(ahead)
    expect(sizes).toEqual([0, 0, 0, 0])
    expect(remembered.size).toBe(COUNT)
    const never = new RememberedDevices(100)
    const stopped = new RememberAhead({ db: database.db, log, remembered: never, queued: () => 1 })
    stopped.start()
    await stopped.stop()
    expect(never.size).toBe(0)
  })
  test('begins again where it failed', async () => {
    let failures = 0
    const { db } = database
    const failing = db.withPlugin({
      transformQuery: ({ node }) => {
        if (failures++ === 0) throw new Error('the database is away')
        return node
      },
      transformResult: async ({ result }) => result,
    })
    const remembered = new RememberedDevices(100)
    const ahead = new RememberAhead({ db: failing, log, remembered, queued: () => 0 })
    ahead.start()
    await finished(ahead)
    expect(failures).toBeGreaterThan(1)
    expect(remembered.size).toBe(COUNT)
  })
})

test('what was read never takes the place of what is newer', async () => {
  const database = await testPglite.open()
  await seed(database)
  const read = new RememberedDevices(100)
  const ahead = new RememberAhead({
    db: database.db,
    log: pino({ level: 'silent' }),
    remembered: read,
    queued: () => 0,
  })
  ahead.start()
  await vi.waitUntil(() => !ahead.isRunning, { timeout: 20_000 })
  const { id } = await database.db.selectFrom('device').select('id').executeTakeFirstOrThrow()
  const old = read.get(id)
  if (!old) throw new Error('the device is not remembered')
  const newer = { ...old, version: 'newer' }
  const remembered = new RememberedDevices(100)
  remembered.remember(newer)
  remembered.offer(old)
  expect(remembered.get(id)).toBe(newer)
  await database.close()
})
