import { afterAll, beforeAll, expect, test } from 'vitest'
import { deviceFilter, deviceSorts } from '#contract/device'
import type { Topic } from '#contract/events'
import type { Change } from './platform/changes.ts'
import type { Database } from './platform/db/database.ts'
import { describeOnStores } from './testing/databases.ts'
import { openDevicesScene } from './testing/devices-scene.ts'
import { scannedTables } from './testing/statements.ts'

/** Tables that grow with devices and time. */
const large = ['device', 'device_event', 'device_service', 'metric', 'log_line', 'rollout_device']

describeOnStores('what lists of devices cost', ({ open }) => {
  let database: Database
  let at: Awaited<ReturnType<typeof openDevicesScene>>
  beforeAll(async () => {
    database = await open()
    at = await openDevicesScene(database)
  })
  afterAll(async () => {
    await at.scene.close()
    await database.close()
  })

  test('a window is told of what came and left between two ticks: whoever fetched meanwhile counted it', async () => {
    const { sent, stop } = await at.watch({
      kind: 'devices',
      filter: deviceFilter.parse({ health: ['critical'] }),
      uuids: [],
    })
    const change = await at.healthChange()
    for (const [times, patches] of [
      [1, 1],
      [1, 1],
      [2, 2],
      [1, 2],
    ] as const) {
      await at.tickAfter(...new Array<Change>(times).fill(change))
      expect(sent).toHaveLength(patches)
    }
    stop()
  })

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
    const statements = await at.watched.during(work)
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
      await expectCheap(
        () => at.scene.admin.ok('listDevices', { query: { sort, fleetId: at.fleetIds[0] } }),
        3,
      )
    for (const query of narrowings)
      await expectCheap(() => at.scene.admin.ok('listDevices', { query: { ...query, sort: 'cpu' } }), 3)
  })

  test('a page from far down: as much as the first', async () => {
    let after: string | undefined
    for (let page = 0; page < 5; page++)
      after =
        (await at.scene.admin.ok('listDevices', { query: { sort: 'memory', limit: 200, after } })).next ??
        undefined
    await expectCheap(() => at.scene.admin.ok('listDevices', { query: { sort: 'memory', after } }), 3)
    await expectCheap(() => at.scene.admin.ok('listDevices', { query: { sort: 'memory', offset: 2_900 } }), 3)
  })

  test('facets: who asks, what changed, what values are called', async () => {
    for (const query of narrowings)
      await expectCheap(() => at.scene.admin.ok('getDeviceFacets', { query }), 3)
  })

  test('all fleets: who asks, fleets, what changed, releases, rollouts', async () => {
    await expectCheap(() => at.scene.admin.ok('listFleets'), 5)
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
    const { sent, stop } = await at.watch(topic())
    const change = await at.healthChange()
    await expectCheap(async () => {
      await at.tickAfter(change)
    }, most)
    expect(sent).toHaveLength(patches)
    stop()
  })

  test('a tick in which a device goes that many windows show: what changed, and one look for it', async () => {
    const gone = { deviceId: 0, uuid: 'f'.repeat(32), fleetId: at.fleetIds[0] ?? 0 }
    const windows = []
    for (const other of ['a', 'b', 'c'])
      windows.push(
        await at.watch({
          kind: 'devices',
          filter: deviceFilter.parse({}),
          uuids: [gone.uuid, other.repeat(32)],
        }),
      )
    await expectCheap(() => at.tickAfter({ kind: 'device-removed', ...gone }), 2)
    for (const { sent, stop } of windows) {
      expect(sent).toHaveLength(2)
      expect(sent[1]).toMatchObject({ data: { upserted: [], left: [gone.uuid] } })
      stop()
    }
  })

  test('quiet devices: one look at what changed', async () => {
    await expectCheap(() => at.scene.app.runJob('follow devices'), 1)
  })
})
