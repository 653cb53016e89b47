import fc from 'fast-check'
import { sql, type Expression, type SqlBool } from 'kysely'
import { afterAll, beforeAll, describe, expect, test, vi } from 'vitest'
import { deviceFilter, type DeviceFilter } from '#contract/device'
import { deviceCondition } from './modules/devices/device-filter.ts'
import type { Database } from './platform/db/database.ts'
import { describeOnStores } from './testing/databases.ts'
import { DEVICES, openDevicesScene, seedDevices } from './testing/devices-scene.ts'
import { Scene } from './testing/scene.ts'
import { analyse } from './testing/statements.ts'

describeOnStores('lists of devices', ({ name, open }) => {
  let database: Database
  let watched: Awaited<ReturnType<typeof openDevicesScene>>['watched']
  let here: Scene
  let there: Scene
  let fleetIds: number[] = []
  beforeAll(async () => {
    database = await open()
    ;({ watched, scene: here, fleetIds } = await openDevicesScene(database))
    there = await Scene.on(database)
  })
  afterAll(async () => {
    await here.close()
    await there.close()
    await database.close()
  })

  const list = async (scene: Scene, query: Record<string, unknown>) =>
    scene.admin.ok('listDevices', { query: { ...query, limit: 200 } })
  /** Past every gateway. */
  const setOs = (to: string, of: Expression<SqlBool>) =>
    database.db
      .updateTable('device')
      .set({ os_version: to })
      .where(() => of)
      .execute()
  const storedWithOs = async (os: string) => {
    const { rows } = await sql<{ count: number }>`
      select count(*)::int as count from device where os_version = ${os}`.execute(database.db)
    return rows[0]?.count
  }
  const anyUuid = async () => (await list(here, { sort: 'name', limit: 1 })).rows[0]?.uuid ?? ''

  describe('at another gateway', () => {
    test('a new name is found and ordered by as soon as it was answered', async () => {
      const uuid = await anyUuid()
      for (const own of ['000 first', 'ÿÿÿ last', '000 again']) {
        await here.admin.ok('updateDevice', { params: { uuid }, body: { name: own } })
        expect((await list(there, { q: own })).rows.map((row) => row.name)).toEqual([own])
        const direction = own.startsWith('0') ? 'asc' : 'desc'
        expect((await list(there, { sort: 'name', direction })).rows[0]?.uuid).toBe(uuid)
      }
    })

    test('what is stored past every gateway is counted too', async () => {
      const count = async () => (await list(there, { os: ['9.9.9'] })).total
      expect(await count()).toBe(0)
      await setOs('9.9.9', sql`name like 'pump%'`)
      expect(await count()).toBe(await storedWithOs('9.9.9'))
      await setOs('6.4.0', sql`os_version = '9.9.9'`)
      expect(await count()).toBe(0)
    })

    test('a device that comes is listed, one that is deleted is not', async () => {
      const [device] = await here.devices(
        await here.admin
          .ok('getFleet', { params: { fleetId: fleetIds[0] ?? 0 } })
          .then((snapshot) => snapshot.fleet),
        1,
      )
      if (!device) throw new Error('no device registered')
      expect((await list(there, { q: device.uuid })).total).toBe(1)
      await here.admin.send('deleteDevice', { params: { uuid: device.uuid } })
      expect((await list(there, { q: device.uuid })).total).toBe(0)
    })

    test('a report that only says that the device is there orders it by when it was seen', async () => {
      const fleet = await here.fleet()
      const [first, second] = await here.devices(fleet, 2)
      const newest = async () =>
        (await list(there, { fleetId: fleet.id, sort: 'lastSeen', direction: 'desc' })).rows[0]?.uuid
      for (const device of [first, second, first]) {
        here.app.clock.advance(1_000)
        await device?.poll()
        await here.app.deviceApi.flush()
        expect(await newest()).toBe(device?.uuid)
      }
    })
  })

  test('what a transaction has not committed is not shown, and all of it once it has, however long it took', async () => {
    // The embedded store has one connection, on which nobody else is served meanwhile.
    if (name === 'PGlite') return
    const total = async () => (await list(there, { os: ['8.8.8'] })).total
    expect(await total()).toBe(0)
    let commit = () => {}
    const mayCommit = new Promise<void>((resolve) => (commit = resolve))
    let saysWritten = () => {}
    const wrote = new Promise<void>((resolve) => (saysWritten = resolve))
    const slow = database.db.transaction().execute(async (trx) => {
      await trx.updateTable('device').set({ os_version: '8.8.8' }).where('name', '=', 'pump 3').execute()
      saysWritten()
      await mayCommit
    })
    await wrote
    await setOs('8.8.8', sql`name = 'Gate 1'`)
    const quick = await total()
    expect(quick).toBeGreaterThan(0)
    expect(await total()).toBe(quick)
    commit()
    await slow
    expect(await total()).toBeGreaterThan(quick)
  })

  describe('a gateway that has missed changes', () => {
    /** Transactions of other databases of the same PostgreSQL count as under way too, and keep changes for so long. */
    const forget = async () => {
      await sql`update device_change set at = now() - interval '1 hour'`.execute(database.db)
      await vi.waitFor(async () => {
        await here.app.runJob('prune device changes')
        expect(await sql`select 1 from device_change`.execute(database.db)).toMatchObject({ rows: [] })
      })
    }

    test('reads all devices anew once they are forgotten', async () => {
      const total = async () => (await list(there, { os: ['7.7.7'] })).total
      expect(await total()).toBe(0)
      await setOs('7.7.7', sql`name = 'pump 6'`)
      await forget()
      expect(await total()).toBe(await storedWithOs('7.7.7'))
    })

    test('does not when it has seen all that is forgotten', async () => {
      await list(here, {})
      await forget()
      const statements = await watched.during(() => list(here, {}))
      expect(statements.filter(({ sql: text }) => text.includes('order by id limit'))).toEqual([])
    })

    test('does not trip over changes of another database that this one was restored from', async () => {
      await sql`insert into device_change (tx, device_ids) values ('99999999999', '{}')`.execute(database.db)
      await sql`insert into device_change_floor (tx) values ('99999999999') on conflict (is_only) do update set tx = excluded.tx`.execute(
        database.db,
      )
      await list(here, {})
      const statements = await watched.during(() => list(here, {}))
      expect(statements.filter(({ sql: text }) => text.includes('order by id limit'))).toEqual([])
    })

    test('sees that everything is gone', async () => {
      expect((await list(there, {})).total).toBeGreaterThan(0)
      await sql`truncate device cascade`.execute(database.db)
      expect((await list(there, {})).total).toBe(0)
      await seedDevices(database.db, fleetIds, 1, DEVICES)
      await analyse(database.db)
      expect((await list(there, {})).total).toBe(DEVICES)
    })
  })

  const some = <T>(...values: T[]) =>
    fc.oneof({ weight: 3, arbitrary: fc.constant([] as T[]) }, fc.subarray(values, { minLength: 1 }))
  const filters: fc.Arbitrary<Partial<DeviceFilter>> = fc.record({
    q: fc.oneof(
      { weight: 3, arbitrary: fc.constant('') },
      fc.constantFrom('PUMP', 'äö', 'gate 1', '10.0.1', 'dc:a6', '1000000b', 's 3', '%', 'c4', 'a'),
    ),
    health: some('critical', 'ok'),
    connectivity: some('online', 'never'),
    reason: some('offline'),
    deviceType: some('intel-nuc', 'none such'),
    release: some('none', '1'),
    os: some('6.4.0'),
    update: some('idle', 'applying'),
    tag: some('site', 'site:s 3', 'rack:r7'),
  })

  test('what a list counts is what is done to all that match: the store means the same by every filter', async () => {
    await fc.assert(
      fc.asyncProperty(filters, fc.boolean(), async (made, isOneFleet) => {
        const query = { ...made, ...(isOneFleet ? { fleetId: fleetIds[1] } : {}) }
        const { rows } = await sql<{ count: number }>`
          select count(*)::int as count from device d where ${deviceCondition({ ...deviceFilter.parse(query), within: 'all' })}`.execute(
          database.db,
        )
        expect((await list(here, query)).total).toBe(rows[0]?.count)
      }),
      { numRuns: 60 },
    )
  })
})
