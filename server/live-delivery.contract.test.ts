import { describe, expect, test, vi } from 'vitest'
import { deviceFilter } from '#contract/device'
import { topicData } from '#contract/events'
import { decodeWallCells } from '#contract/wall-cells'
import { LivePage } from './testing/live-page.ts'
import { liveScene } from './testing/live-scene.ts'
import { Scene } from './testing/scene.ts'

describe('what reaches a page', () => {
  const on = liveScene()

  test('changes of one turn come as one patch, to every page, and to nobody who left', async () => {
    const [one, two] = [await on.open(), await on.open()]
    await one.subscribe('a', { kind: 'device', uuid: on.device.uuid })
    await two.subscribe('b', { kind: 'device', uuid: on.device.uuid })
    await two.subscribe('gone', { kind: 'device', uuid: on.device.uuid })
    two.socket.emit('unsubscribe', { id: 'gone' })
    await vi.waitFor(() => expect(on.scene.app.hub.watched).toBe(1))
    await on.rename()
    await on.rename()
    await on.tick()
    await vi.waitFor(() => expect([one.patches.length, two.patches.length]).toEqual([1, 1]))
    one.close()
    two.close()
    await vi.waitFor(() => expect(on.scene.app.hub.watched).toBe(0))
  })

  test('the window of a list says who changed, who left and who is new', async () => {
    const page = await on.open()
    await on.scene.admin.ok('setDeviceTag', {
      params: { uuid: on.device.uuid, key: 'site' },
      body: { value: 'a' },
    })
    const [other] = await on.scene.devices(on.fleet, 1)
    const filter = deviceFilter.parse({ fleetId: on.fleet.id, tag: ['site:a'] })
    await page.subscribe('w', { kind: 'devices', filter, uuids: [on.device.uuid] })
    const last = () => topicData.devices.parse(page.patchesOf('w').at(-1)?.data)
    await on.scene.admin.ok('setDeviceTag', {
      params: { uuid: other?.uuid ?? '', key: 'site' },
      body: { value: 'a' },
    })
    await on.tick()
    await vi.waitFor(() => expect(last()).toMatchObject({ upserted: [], left: [], entered: 1, total: 2 }))
    await on.scene.admin.ok('deleteDeviceTag', { params: { uuid: on.device.uuid, key: 'site' } })
    await on.tick()
    await vi.waitFor(() => expect(last()).toMatchObject({ left: [on.device.uuid], total: 1 }))
    await on.scene.admin.ok('deleteDevice', { params: { uuid: other?.uuid ?? '' } })
    await on.tick()
    await vi.waitFor(() => expect(last()).toMatchObject({ total: 0 }))
  })

  test('a on.device that moves leaves the wall of its on.fleet and comes to the other', async () => {
    const goal = await on.scene.fleet()
    const [mover] = await on.scene.devices(on.fleet, 1)
    const page = await on.open()
    await page.subscribe('from', { kind: 'wall', fleetId: on.fleet.id })
    await page.subscribe('to', { kind: 'wall', fleetId: goal.id })
    await on.scene.admin.ok('bulkDevices', {
      body: {
        selection: { kind: 'uuids', uuids: [mover?.uuid ?? ''] },
        operation: { kind: 'move', fleetId: goal.id },
        isPreview: false,
      },
    })
    await on.tick()
    await vi.waitFor(() => expect(page.patches).toHaveLength(2))
    const { device } = await on.scene.admin.ok('getDevice', { params: { uuid: mover?.uuid ?? '' } })
    expect(page.patchesOf('from')[0]?.data).toEqual({ cells: '', removed: [device.id] })
    const { cells } = topicData.wall.parse(page.patchesOf('to')[0]?.data)
    expect(decodeWallCells(cells).map((cell) => cell.id)).toEqual([device.id])
    await on.scene.admin.ok('deleteDevice', { params: { uuid: mover?.uuid ?? '' } })
  })

  test('windows of a list are told of their own rows, and nothing when nothing of theirs changed', async () => {
    const [other] = await on.scene.devices(on.fleet, 1)
    const filter = deviceFilter.parse({ fleetId: on.fleet.id })
    const page = await on.open()
    const watch = (id: string, uuid: string) =>
      page.subscribe(id, { kind: 'devices', filter, sort: 'name', uuids: [uuid] })
    await watch('one', on.device.uuid)
    await watch('other', other?.uuid ?? '')
    const told = (id: string) => page.patchesOf(id).map((patch) => topicData.devices.parse(patch.data))
    const report = async () => {
      const { deviceId, uuid } = { deviceId: on.device.id, uuid: on.device.uuid }
      const aspects = new Set(['metrics'] as const)
      on.scene.app.changes.publish([{ kind: 'device', deviceId, uuid, fleetId: on.fleet.id, aspects }])
      await on.tick()
    }
    await report()
    await vi.waitFor(() => expect(told('one')).toHaveLength(1))
    await report()
    await vi.waitFor(() => expect(told('one')).toHaveLength(2))
    for (const patch of told('one'))
      expect(patch).toMatchObject({ upserted: [{ uuid: on.device.uuid }], left: [], entered: 0, total: 2 })
    // How many match it is told once.
    expect(told('other')).toEqual([{ upserted: [], left: [], entered: 0, total: 2 }])
    await on.scene.admin.ok('deleteDevice', { params: { uuid: other?.uuid ?? '' } })
    await on.tick()
    await vi.waitFor(() => expect(told('other').at(-1)).toMatchObject({ left: [other?.uuid], total: 1 }))
    await vi.waitFor(() => expect(told('one').at(-1)).toMatchObject({ upserted: [], total: 1 }))
  })

  test('a reader that does not read is told to fetch again, and costs no memory meanwhile', async () => {
    const page = await on.open()
    await on.scene.app.db
      .updateTable('device')
      .set({ storage_block_device: 'x'.repeat(200_000) })
      .where('id', '=', on.device.id)
      .execute()
    await page.subscribe('w', { kind: 'device', uuid: on.device.uuid })
    page.stopReading()
    const waiting = () =>
      Math.max(
        ...[...on.scene.app.io.sockets.sockets.values()].map(
          (socket) => (Reflect.get(socket.conn, 'writeBuffer') as unknown[]).length,
        ),
      )
    const change = async () => {
      on.scene.app.changes.publish([
        {
          kind: 'device',
          deviceId: on.device.id,
          uuid: on.device.uuid,
          fleetId: on.fleet.id,
          aspects: new Set(['report']),
        },
      ])
      await on.tick()
    }
    for (let turn = 0; turn < 400 && waiting() < 64; turn++) await change()
    expect(waiting()).toBeGreaterThanOrEqual(64)
    for (let turn = 0; turn < 20; turn++) await change()
    // A ping of the connection may come on top, whatever waits.
    expect(waiting()).toBeLessThanOrEqual(66)
    page.readOn()
    await vi.waitFor(() => expect(waiting()).toBe(0), 15_000)
    await on.tick()
    await vi.waitFor(() => expect(page.resyncs).toEqual(['w']))
    const before = page.patches.length
    await change()
    await vi.waitFor(() => expect(page.patches.length).toBe(before + 1))
  }, 60_000)

  test('sockets end with their session: signed out, disabled, run out', async () => {
    const ends: ((session: { cookie: string; 'x-csrf-token': string }) => Promise<unknown>)[] = [
      (session) => on.scene.app.app.inject({ method: 'DELETE', url: '/api/v1/session', headers: session }),
      async () => {
        const { users } = await on.scene.admin.ok('listUsers')
        const userId = Math.max(...users.map((user) => user.id))
        await on.scene.admin.ok('updateUser', { params: { userId }, body: { isDisabled: true } })
      },
      async () => {
        on.scene.app.clock.advance(25 * 3_600_000)
        await on.scene.app.runJob('prune sessions')
      },
    ]
    for (const end of ends) {
      const session = await on.scene.app.signedIn('viewer')
      const page = await on.open(session)
      await end(session)
      await vi.waitFor(() => expect(page.socket.connected).toBe(false))
      expect(page.goodbyes).toEqual(['signed-out'])
      await expect(new LivePage(on.url, session).connect()).rejects.toThrow('unauthorized')
    }
  })
})

test('a gateway that stops says goodbye and finishes what is under way', async () => {
  const scene = await Scene.open()
  const url = await scene.app.listen()
  const page = await new LivePage(url, await scene.app.signedIn('viewer')).connect()
  const underWay = fetch(`${url}/api/v1/fleets`, { headers: scene.admin.headers })
  const answer = await underWay
  const stopped = scene.close()
  await vi.waitFor(() => expect(page.socket.connected).toBe(false))
  expect(page.goodbyes).toEqual(['stopping'])
  expect(answer.status).toBe(200)
  await stopped
  await expect(fetch(`${url}/healthz`)).rejects.toThrow()
})
