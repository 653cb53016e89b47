import { afterAll, beforeAll, beforeEach, expect, test } from 'vitest'
import type { WatchKind } from '#contract/device-watch'
import type { Database } from '../../platform/db/database.ts'
import { describeOnStores } from '../../testing/databases.ts'
import { Scene, type SceneDevice } from '../../testing/scene.ts'
import { startTestApp } from '../../testing/test-app.ts'
import { TestClient } from '../../testing/test-client.ts'

const AWAY_MS = 2 * 3_600_000

describeOnStores('watching a device', ({ open }) => {
  let database: Database
  let scene: Scene
  let device: SceneDevice
  let ann: TestClient
  beforeAll(async () => {
    database = await open()
    scene = await Scene.on(database)
  })
  beforeEach(async () => {
    const [one] = await scene.devices(await scene.fleet(), 1)
    if (!one) throw new Error('no device')
    device = one
    ann = new TestClient(scene.app, await scene.app.signedIn('viewer'))
  })
  afterAll(async () => {
    await scene.close()
    await database.close()
  })

  const watch = (kind: WatchKind, isLasting: boolean) =>
    ann.ok('watchDevice', { params: { uuid: device.uuid, kind }, body: { isLasting } })
  const goes = async () => {
    scene.app.clock.advance(AWAY_MS)
    await scene.app.deviceApi.sweep()
    await scene.app.runJob('tell watchers')
  }
  const returns = async () => {
    await device.poll()
    await scene.app.runJob('tell watchers')
  }
  const told = async (who = ann) =>
    (await who.ok('getInbox')).rows.filter((row) => row.device?.uuid === device.uuid)
  const watched = async () => (await ann.ok('listWatches')).watches

  test('its return is told once, to whoever asked alone, and then the watch is over', async () => {
    const bob = new TestClient(scene.app, await scene.app.signedIn('viewer'))
    await watch('returns', false)
    expect(await watched()).toMatchObject([{ uuid: device.uuid, kind: 'returns', isLasting: false }])
    await goes()
    expect(await told()).toEqual([])
    await returns()
    expect(await told()).toMatchObject([
      { event: 'device.returned', isSeen: false, rolloutId: null, summary: 'Came back online after 2 h' },
    ])
    expect(await told(bob)).toEqual([])
    expect(await watched()).toEqual([])
    await goes()
    await returns()
    expect(await told()).toHaveLength(1)
  })

  test('one that stays tells every time, until it is ended', async () => {
    await watch('fails', true)
    for (let time = 1; time <= 2; time++) {
      await goes()
      expect(await told()).toHaveLength(time)
      await returns()
    }
    expect((await told())[0]).toMatchObject({ event: 'device.failed' })
    await ann.ok('endWatch', { params: { uuid: device.uuid, kind: 'fails' } })
    await ann.ok('endWatch', { params: { uuid: device.uuid, kind: 'fails' } })
    await goes()
    expect(await told()).toHaveLength(2)
  })

  test('any change tells of both; what happened before the watch is not told', async () => {
    await goes()
    await watch('changes', true)
    await scene.app.runJob('tell watchers')
    expect(await told()).toEqual([])
    await returns()
    await goes()
    expect((await told()).map((row) => row.event)).toEqual(['device.changed', 'device.changed'])
  })

  test('a watch outlives a restart of the gateway, and what happened meanwhile is told', async () => {
    await watch('fails', false)
    scene.app.clock.advance(AWAY_MS)
    await scene.app.deviceApi.sweep()
    // The first gateway ends before it told anybody.
    const next = await startTestApp({ database, clock: scene.app.clock })
    await next.runJob('tell watchers')
    expect(await told()).toHaveLength(1)
    expect(await watched()).toEqual([])
    await next.close()
  })

  test('what was told counts as unread until it is seen, by the device too', async () => {
    await watch('fails', false)
    await goes()
    expect((await ann.ok('getInbox')).unseen).toBe(1)
    const list = await ann.ok('listNotifications', { query: { event: ['device.failed'] } })
    expect(list.rows).toHaveLength(1)
    expect(list.counts.event).toEqual({ 'device.failed': 1 })
    expect((await ann.ok('markNotificationsSeen', { body: { deviceUuid: device.uuid } })).unseen).toBe(0)
  })

  test('a deleted device is watched by nobody; a token has no inbox; a device that is not there is refused', async () => {
    await watch('returns', true)
    await scene.admin.refused('watchDevice', 403, {
      params: { uuid: device.uuid, kind: 'returns' },
      body: { isLasting: true },
    })
    await ann.refused('watchDevice', 404, {
      params: { uuid: '0'.repeat(32), kind: 'returns' },
      body: { isLasting: true },
    })
    await scene.admin.ok('deleteDevice', { params: { uuid: device.uuid } })
    expect(await watched()).toEqual([])
    await scene.app.runJob('tell watchers')
  })
})
