import fc from 'fast-check'
import { sql, type Expression, type Kysely, type SqlBool } from 'kysely'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { deviceFilter, deviceSorts, type DeviceFilter } from '#contract/device'
import type { Topic } from '#contract/events'
import { deviceCondition } from './modules/devices/device-filter.ts'
import type { Change } from './platform/changes.ts'
import type { Database } from './platform/db/database.ts'
import type { Schema } from './platform/db/schema.ts'
import type { HubPatch } from './platform/hub-providers.ts'
import { describeOnStores } from './testing/databases.ts'
import { Scene } from './testing/scene.ts'
import { analyse, scannedTables, watchStatements } from './testing/statements.ts'

const COUNT = 3_000
/** Tables that grow with devices and time. */
const large = ['device', 'device_event', 'device_service', 'metric', 'log_line', 'rollout_device']

/** Devices of two fleets with every kind of gap and tie, made inside the database. */
const seed = (db: Kysely<Schema>, fleetIds: readonly number[], from: number, to: number) =>
  sql`insert into device (uuid, name, fleet_id, device_type, key_hash, connectivity, last_seen_at, health, health_rank, health_reasons,
      tags, ip_address, mac_address, cpu_id, update_state, os_version, cpu_percent, memory_used_mib, memory_total_mib)
    select md5('d' || n), (array['pump', 'Gate', 'ÄÖ hall'])[1 + n % 3] || ' ' || n % 70, (${[...fleetIds]}::bigint[])[1 + n % 2],
      (array['raspberrypi4-64', 'intel-nuc'])[1 + n % 2], md5('k' || n), (array['online', 'late', 'offline', 'never'])[1 + n % 4],
      case when n % 5 > 0 then now() - n * interval '1 second' end, (array['critical', 'attention', 'unknown', 'ok'])[1 + n % 4], n % 4,
      case when n % 4 < 2 then '[{"code": "offline", "severity": "critical", "layer": "network", "since": "2026-01-01T00:00:00.000Z", "evidence": "away"}]'::jsonb else '[]' end,
      case when n % 3 > 0 then jsonb_build_object('site', 's ' || n % 9, 'rack', 'r' || n % 50) else '{}' end,
      case when n % 7 > 0 then '10.0.' || n % 20 || '.' || n % 250 end, 'DC:A6:32:' || lpad(to_hex(n), 6, '0'), '1000000' || to_hex(n),
      (array['idle', 'downloading', 'applying'])[1 + n % 3], (array['6.4.0', '6.5.3', null])[1 + n % 3], nullif(n % 101, 100),
      100 + n % 900, nullif(n % 4, 3) * 500
    from generate_series(${from}::int, ${to}::int) as n`.execute(db)

describeOnStores('lists of devices', ({ name, open }) => {
  let database: Database
  let watched: ReturnType<typeof watchStatements>
  let here: Scene
  let there: Scene
  let fleetIds: number[] = []
  beforeAll(async () => {
    database = await open()
    watched = watchStatements(database)
    here = await Scene.on(watched.database)
    there = await Scene.on(database)
    fleetIds = [(await here.fleet()).id, (await here.fleet('intel-nuc')).id]
    await seed(database.db, fleetIds, 1, COUNT)
    await sql`insert into device_event (at, device_id, fleet_id, kind, summary, data)
      select ${here.app.clock.now()}::timestamptz - id * interval '1 second', id, fleet_id, 'connectivity', 'away', '{"to": "offline"}' from device`.execute(
      database.db,
    )
    await sql`insert into log_line (device_id, fleet_id, is_system, is_stderr, level, at, received_at, message)
      select id, fleet_id, true, false, 'info', now(), now(), 'line' from device`.execute(database.db)
    await analyse(database.db)
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
    const forget = async () => {
      await sql`update device_change set at = now() - interval '1 hour'`.execute(database.db)
      await here.app.runJob('prune device changes')
    }

    test('reads all devices anew once they are forgotten', async () => {
      const total = async () => (await list(there, { os: ['7.7.7'] })).total
      expect(await total()).toBe(0)
      await setOs('7.7.7', sql`name = 'pump 6'`)
      await forget()
      expect(await sql`select 1 from device_change`.execute(database.db)).toMatchObject({ rows: [] })
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
      await seed(database.db, fleetIds, 1, COUNT)
      await analyse(database.db)
      expect((await list(there, {})).total).toBe(COUNT)
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
          select count(*)::int as count from device d where ${deviceCondition(deviceFilter.parse(query))}`.execute(
          database.db,
        )
        expect((await list(here, query)).total).toBe(rows[0]?.count)
      }),
      { numRuns: 60 },
    )
  })

  const watch = async (topic: Topic) => {
    const sent: HubPatch[] = []
    const { stop } = await here.app.hub.subscribe(topic, null, {
      userId: 1,
      isReady: () => true,
      isDrained: () => true,
      send: (patch) => sent.push(patch),
      resync: () => undefined,
    })
    return { sent, stop }
  }
  const anyDevice = (health = 'attention') =>
    database.db
      .selectFrom('device')
      .select(['id as deviceId', 'uuid', 'fleet_id as fleetId'])
      .where(sql<string>`health`, '=', health)
      .orderBy('id')
      .limit(1)
      .executeTakeFirstOrThrow()
  const healthOf = (device: Awaited<ReturnType<typeof anyDevice>>): Change => ({
    kind: 'device',
    ...device,
    aspects: new Set(['health']),
  })
  const tickAfter = async (...changes: Change[]) => {
    here.app.clock.advance(2_000)
    here.app.hub.note(changes)
    await here.app.hub.tick()
  }

  test('a window is told of what came and left between two ticks: whoever fetched meanwhile counted it', async () => {
    const { sent, stop } = await watch({
      kind: 'devices',
      filter: deviceFilter.parse({ health: ['critical'] }),
      uuids: [],
    })
    const change = healthOf(await anyDevice())
    for (const [times, patches] of [
      [1, 1],
      [1, 1],
      [2, 2],
      [1, 2],
    ] as const) {
      await tickAfter(...new Array<Change>(times).fill(change))
      expect(sent).toHaveLength(patches)
    }
    stop()
  })

  describe('what it costs', () => {
    const narrowings: Record<string, unknown>[] = [
      {},
      { health: ['critical'] },
      { reason: ['offline'] },
      { tag: ['site:s 3'] },
      { q: 'gate' },
      { release: ['none'] },
      { pinned: false },
    ]

    async function expectCheap(work: () => Promise<unknown>, most: number): Promise<void> {
      await work()
      const statements = await watched.during(work)
      expect(statements.length, statements.map(({ sql: text }) => text).join('\n')).toBeLessThanOrEqual(most)
      for (const statement of statements) {
        if (!/^\s*(select|with)/.test(statement.sql)) continue
        const scanned = await scannedTables(database.db, statement)
        expect(
          scanned.filter((table) => large.includes(table)),
          statement.sql,
        ).toEqual([])
      }
    }

    test('a page, in any order: who asks, what changed, the rows shown', async () => {
      for (const sort of deviceSorts)
        await expectCheap(() => here.admin.ok('listDevices', { query: { sort, fleetId: fleetIds[0] } }), 3)
      for (const query of narrowings)
        await expectCheap(() => here.admin.ok('listDevices', { query: { ...query, sort: 'cpu' } }), 3)
    })

    test('a page from far down: as much as the first', async () => {
      let after: string | undefined
      for (let page = 0; page < 5; page++)
        after =
          (await here.admin.ok('listDevices', { query: { sort: 'memory', limit: 200, after } })).next ??
          undefined
      await expectCheap(() => here.admin.ok('listDevices', { query: { sort: 'memory', after } }), 3)
    })

    test('facets: who asks, what changed, what values are called', async () => {
      for (const query of narrowings) await expectCheap(() => here.admin.ok('getDeviceFacets', { query }), 3)
    })

    test('all fleets: who asks, fleets, what changed, releases, rollouts', async () => {
      await expectCheap(() => here.admin.ok('listFleets'), 5)
    })

    test.each<[string, () => Topic, number, number]>([
      [
        'a list',
        () => ({
          kind: 'devices',
          filter: deviceFilter.parse({ health: ['critical'] }),
          sort: 'cpu',
          uuids: [],
        }),
        1,
        // The second time there is nothing to tell: none came, and as many match as before.
        1,
      ],
      ['all fleets', () => ({ kind: 'fleets' }), 4, 2],
    ])('a tick of %s that somebody watches', async (_name, topic, most, patches) => {
      const { sent, stop } = await watch(topic())
      const row = await anyDevice()
      await expectCheap(async () => {
        await tickAfter(healthOf(row))
      }, most)
      expect(sent).toHaveLength(patches)
      stop()
    })

    test('a tick in which a device goes that many windows show: what changed, and one look for it', async () => {
      const gone = { deviceId: 0, uuid: 'f'.repeat(32), fleetId: fleetIds[0] ?? 0 }
      const windows = []
      for (const other of ['a', 'b', 'c'])
        windows.push(
          await watch({
            kind: 'devices',
            filter: deviceFilter.parse({}),
            uuids: [gone.uuid, other.repeat(32)],
          }),
        )
      await expectCheap(() => tickAfter({ kind: 'device-removed', ...gone }), 2)
      for (const { sent, stop } of windows) {
        expect(sent).toHaveLength(2)
        expect(sent[1]).toMatchObject({ data: { upserted: [], left: [gone.uuid] } })
        stop()
      }
    })

    test('quiet devices: one look at what changed', async () => {
      await expectCheap(() => here.app.runJob('follow devices'), 1)
    })
  })
})
