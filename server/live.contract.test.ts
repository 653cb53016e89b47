import { afterAll, afterEach, beforeAll, describe, expect, test, vi } from 'vitest'
import {
  MAX_SUBSCRIPTIONS_PER_SOCKET,
  topicData,
  topicRoles,
  type SubscribeReply,
  type Topic,
  type TopicKind,
} from '#contract/events'
import { deviceFilter } from '#contract/device'
import type { FleetSummary } from '#contract/fleet'
import { logSelector } from '#contract/log'
import type { ReleaseDetail } from '#contract/release'
import { roleAllows, roles } from '#contract/session'
import { Hub } from './platform/hub.ts'
import { LivePage } from './testing/live-page.ts'
import { Scene, type SceneDevice } from './testing/scene.ts'

describe('live updates over a real socket', () => {
  let scene: Scene
  let url: string
  let fleet: FleetSummary
  let release: ReleaseDetail
  let device: SceneDevice
  let rolloutId: number
  const pages: LivePage[] = []
  beforeAll(async () => {
    scene = await Scene.open()
    url = await scene.app.listen()
    fleet = await scene.fleet()
    const first = await scene.release(fleet.id, '1.0.0')
    await scene.admin.ok('updateFleet', {
      params: { fleetId: fleet.id },
      body: { policy: { kind: 'pinned', releaseId: first.id } },
    })
    release = await scene.release(fleet.id, '2.0.0')
    device = (await scene.devices(fleet, 1))[0]!
    rolloutId = (
      await scene.admin.ok('createRollout', {
        params: { fleetId: fleet.id },
        body: { releaseId: release.id },
      })
    ).id
    await scene.settled()
  })
  afterAll(() => scene.close())
  afterEach(() => {
    for (const page of pages.splice(0)) page.close()
  })

  const open = async (headers?: Record<string, string>): Promise<LivePage> => {
    const page = await new LivePage(url, headers ?? (await scene.app.signedIn('viewer'))).connect()
    pages.push(page)
    return page
  }
  /** One turn of the hub, far enough from the last that nothing is held back. */
  const tick = async () => {
    await scene.settled()
    scene.app.clock.advance(5_000)
    await scene.app.hub.tick()
  }
  const cursorOf = (reply: SubscribeReply) => (reply.ok ? reply.cursor : -1)
  let serial = 0
  const rename = () =>
    scene.admin.ok('updateDevice', { params: { uuid: device.uuid }, body: { name: `name ${++serial}` } })
  const progress = () => device.reports(release, 'downloading', ++serial % 100)
  const note = () =>
    scene.admin.ok('updateRelease', {
      params: { releaseId: release.id },
      body: { notes: `note ${++serial}` },
    })
  const log = async () => {
    const answer = await scene.app.app.inject({
      method: 'POST',
      url: `/device/v2/${device.uuid}/logs`,
      headers: { authorization: `Bearer ${device.key}` },
      payload: [{ message: `line ${++serial}`, timestamp: scene.app.clock.now().getTime(), isSystem: true }],
    })
    expect(answer.statusCode).toBeLessThan(300)
    await scene.app.deviceApi.flush()
  }

  /** Each kind of topic, and a change it must tell. A kind added to the contract does not compile without its line here. */
  const kinds: Record<TopicKind, { topic: () => Topic; cause: () => Promise<unknown> }> = {
    fleets: { topic: () => ({ kind: 'fleets' }), cause: rename },
    fleet: { topic: () => ({ kind: 'fleet', fleetId: fleet.id }), cause: rename },
    devices: {
      topic: () => ({
        kind: 'devices',
        filter: deviceFilter.parse({ fleetId: fleet.id }),
        uuids: [device.uuid],
      }),
      cause: rename,
    },
    device: { topic: () => ({ kind: 'device', uuid: device.uuid }), cause: rename },
    wall: { topic: () => ({ kind: 'wall', fleetId: fleet.id }), cause: rename },
    releases: { topic: () => ({ kind: 'releases', fleetId: fleet.id }), cause: note },
    rollouts: { topic: () => ({ kind: 'rollouts', fleetId: fleet.id }), cause: progress },
    rollout: { topic: () => ({ kind: 'rollout', rolloutId }), cause: progress },
    'rollout-devices': {
      topic: () => ({ kind: 'rollout-devices', rolloutId, uuids: [device.uuid] }),
      cause: progress,
    },
    'rollout-wall': { topic: () => ({ kind: 'rollout-wall', rolloutId }), cause: progress },
    logs: {
      topic: () => ({ kind: 'logs', selector: logSelector.parse({ device: [device.uuid] }) }),
      cause: log,
    },
  }
  const all = Object.keys(kinds) as TopicKind[]
  const states = all.filter((kind) => kind !== 'logs')

  test.each(all)('%s: a change becomes a patch that is what the contract says', async (kind) => {
    const page = await open()
    const reply = await page.subscribe('w', kinds[kind].topic())
    expect(reply.ok).toBe(true)
    await kinds[kind].cause()
    await tick()
    await vi.waitFor(() => expect(page.patchesOf('w')).not.toEqual([]))
    const [patch] = page.patchesOf('w')
    expect(patch?.kind).toBe(kind)
    topicData[kind].parse(patch?.data)
    if (kind !== 'logs') expect(patch?.from).toBeLessThanOrEqual(cursorOf(reply))
    expect(patch?.to).toBeGreaterThan(kind === 'logs' ? 0 : cursorOf(reply))
  })

  test.each(states)('%s: what was missed while away is sent at the return', async (kind) => {
    const held = scene.app.hub.cursor
    await kinds[kind].cause()
    await scene.settled()
    const page = await open()
    const reply = await page.subscribe('w', kinds[kind].topic(), held)
    expect(reply).toMatchObject({ ok: true, isResync: false })
    await vi.waitFor(() => expect(page.patchesOf('w')).toHaveLength(1))
    expect(page.patchesOf('w')[0]).toMatchObject({ from: held, to: cursorOf(reply) })
    topicData[kind].parse(page.patchesOf('w')[0]?.data)
  })

  test('what was missed of the logs is sent at the return', async () => {
    const { topic } = kinds.logs
    await log()
    const { lines } = await scene.admin.ok('searchLogs', { query: { device: [device.uuid] } })
    const held = lines.at(-1)?.id ?? 0
    await log()
    const page = await open()
    await page.subscribe('w', topic(), held)
    await tick()
    await vi.waitFor(() => expect(page.patchesOf('w')).not.toEqual([]))
    const data = topicData.logs.parse(page.patchesOf('w')[0]?.data)
    expect(data.lines.map((line) => line.id > held)).toEqual([true])
  })

  test('a return to a topic of which nothing changed needs no new snapshot at the next patch', async () => {
    const held = scene.app.hub.cursor
    await note()
    const page = await open()
    await page.subscribe('w', kinds.wall.topic(), held)
    await rename()
    await tick()
    await vi.waitFor(() => expect(page.patchesOf('w')).toHaveLength(1))
    expect(page.patchesOf('w')[0]?.from).toBeLessThanOrEqual(held)
  })

  test('what the journal does not reach, or nobody can have seen yet, is fetched anew', async () => {
    const page = await open()
    for (const since of [1, scene.app.hub.cursor + 1_000_000])
      expect(await page.subscribe('w', kinds.fleet.topic(), since)).toMatchObject({
        ok: true,
        isResync: true,
      })
  })

  test('revisions grow over a restart of the gateway', () => {
    const before = new Hub({ nowMs: () => 1_000, onError: () => undefined })
    before.note(Array.from({ length: 900 }, () => ({ kind: 'fleet' as const, fleetId: 1 })))
    expect(new Hub({ nowMs: () => 1_001, onError: () => undefined }).cursor).toBeGreaterThan(before.cursor)
  })

  test('changes of one turn come as one patch, to every page, and to nobody who left', async () => {
    const [one, two] = [await open(), await open()]
    await one.subscribe('a', kinds.device.topic())
    await two.subscribe('b', kinds.device.topic())
    await two.subscribe('gone', kinds.device.topic())
    two.socket.emit('unsubscribe', { id: 'gone' })
    await vi.waitFor(() => expect(scene.app.hub.watched).toBe(1))
    await rename()
    await rename()
    await tick()
    await vi.waitFor(() => expect([one.patches.length, two.patches.length]).toEqual([1, 1]))
    one.close()
    two.close()
    await vi.waitFor(() => expect(scene.app.hub.watched).toBe(0))
  })

  test('the window of a list says who changed, who left and who is new', async () => {
    const page = await open()
    await scene.admin.ok('setDeviceTag', { params: { uuid: device.uuid, key: 'site' }, body: { value: 'a' } })
    const [other] = await scene.devices(fleet, 1)
    const filter = deviceFilter.parse({ fleetId: fleet.id, tag: ['site:a'] })
    await page.subscribe('w', { kind: 'devices', filter, uuids: [device.uuid] })
    const last = () => topicData.devices.parse(page.patchesOf('w').at(-1)?.data)
    await scene.admin.ok('setDeviceTag', {
      params: { uuid: other?.uuid ?? '', key: 'site' },
      body: { value: 'a' },
    })
    await tick()
    await vi.waitFor(() => expect(last()).toMatchObject({ upserted: [], left: [], entered: 1, total: 2 }))
    await scene.admin.ok('deleteDeviceTag', { params: { uuid: device.uuid, key: 'site' } })
    await tick()
    await vi.waitFor(() => expect(last()).toMatchObject({ left: [device.uuid], total: 1 }))
    await scene.admin.ok('deleteDevice', { params: { uuid: other?.uuid ?? '' } })
    await tick()
    await vi.waitFor(() => expect(last()).toMatchObject({ total: 0 }))
  })

  test('a device that moves leaves the wall of its fleet and comes to the other', async () => {
    const goal = await scene.fleet()
    const [mover] = await scene.devices(fleet, 1)
    const page = await open()
    await page.subscribe('from', { kind: 'wall', fleetId: fleet.id })
    await page.subscribe('to', { kind: 'wall', fleetId: goal.id })
    await scene.admin.ok('bulkDevices', {
      body: {
        selection: { kind: 'uuids', uuids: [mover?.uuid ?? ''] },
        operation: { kind: 'move', fleetId: goal.id },
        isPreview: false,
      },
    })
    await tick()
    await vi.waitFor(() => expect(page.patches).toHaveLength(2))
    expect(page.patchesOf('from')[0]?.data).toEqual({ upserted: [], removed: [mover?.uuid] })
    expect(topicData.wall.parse(page.patchesOf('to')[0]?.data).upserted[0]?.[0]).toBe(mover?.uuid)
    await scene.admin.ok('deleteDevice', { params: { uuid: mover?.uuid ?? '' } })
  })

  describe('refusals', () => {
    test('no session, a guessed one, and an API token open no socket', async () => {
      for (const headers of [{}, { cookie: 'wheelhouse_session=guess' }, await scene.app.as('admin')])
        await expect(new LivePage(url, { ...headers }).connect()).rejects.toThrow('unauthorized')
    })

    test('a page of another site opens no socket, whatever its origin looks like', async () => {
      const session = await scene.app.signedIn('admin')
      for (const origin of ['https://evil.example', 'null', 'http://', 'nonsense'])
        await expect(new LivePage(url, { ...session, origin }).connect()).rejects.toThrow()
      const own = await open({ ...session, origin: url })
      expect(own.socket.connected).toBe(true)
    })

    test.each(all)('%s is refused below its role', async (kind) => {
      for (const role of roles) {
        const page = await open(await scene.app.signedIn(role))
        expect((await page.subscribe('w', kinds[kind].topic())).ok).toBe(roleAllows(role, topicRoles[kind]))
      }
    })

    test('what no topic is, or cannot be read, is answered by a problem with its field', async () => {
      const page = await open()
      for (const [topic, field] of [
        [{ kind: 'weather' }, 'subscribe.topic.kind'],
        [{ kind: 'fleet', fleetId: 'x' }, 'subscribe.topic.fleetId'],
        [{ kind: 'device', uuid: 'x' }, 'subscribe.topic.uuid'],
      ] satisfies [Record<string, unknown>, string][]) {
        const reply = await page.subscribe('w', topic)
        expect(reply).toMatchObject({ ok: false, problem: { status: 400, errors: [{ field }] } })
      }
      const pattern = await page.subscribe('w', { kind: 'logs', selector: logSelector.parse({ regex: '(' }) })
      expect(pattern).toMatchObject({ ok: false, problem: { status: 400 } })
      expect(scene.app.hub.watched).toBe(0)
    })

    test('more topics than one page may watch are refused, also all at once; one given up makes room', async () => {
      const page = await open()
      const replies = await Promise.all(
        Array.from({ length: MAX_SUBSCRIPTIONS_PER_SOCKET + 5 }, (_, index) =>
          page.subscribe(`w${index}`, { kind: 'fleet', fleetId: index + 1 }, scene.app.hub.cursor - 1),
        ),
      )
      expect(replies.filter((reply) => reply.ok)).toHaveLength(MAX_SUBSCRIPTIONS_PER_SOCKET)
      expect(replies.at(-1)).toMatchObject({
        ok: false,
        problem: { status: 429, code: 'too-many-subscriptions' },
      })
      page.socket.emit('unsubscribe', { id: 'w0' })
      expect((await page.subscribe('more', { kind: 'fleets' })).ok).toBe(true)
      // The same id again renews, it does not add.
      expect((await page.subscribe('more', { kind: 'fleets' })).ok).toBe(true)
    })
  })

  test('a reader that does not read is told to fetch again, and costs no memory meanwhile', async () => {
    const page = await open()
    await scene.app.db
      .updateTable('device')
      .set({ note: 'x'.repeat(200_000) })
      .where('id', '=', device.id)
      .execute()
    await page.subscribe('w', kinds.device.topic())
    page.stopReading()
    const waiting = () =>
      Math.max(
        ...[...scene.app.io.sockets.sockets.values()].map(
          (socket) => (Reflect.get(socket.conn, 'writeBuffer') as unknown[]).length,
        ),
      )
    const change = async () => {
      scene.app.changes.publish([
        {
          kind: 'device',
          deviceId: device.id,
          uuid: device.uuid,
          fleetId: fleet.id,
          aspects: new Set(['report']),
        },
      ])
      await tick()
    }
    for (let turn = 0; turn < 400 && waiting() < 64; turn++) await change()
    expect(waiting()).toBe(64)
    for (let turn = 0; turn < 20; turn++) await change()
    expect(waiting()).toBe(64)
    page.readOn()
    await vi.waitFor(() => expect(waiting()).toBe(0), 15_000)
    await tick()
    await vi.waitFor(() => expect(page.resyncs).toEqual(['w']))
    const before = page.patches.length
    await change()
    await vi.waitFor(() => expect(page.patches.length).toBe(before + 1))
  }, 60_000)

  test('sockets end with their session: signed out, disabled, run out', async () => {
    const ends: ((session: { cookie: string; 'x-csrf-token': string }) => Promise<unknown>)[] = [
      (session) => scene.app.app.inject({ method: 'DELETE', url: '/api/v1/session', headers: session }),
      async () => {
        const { users } = await scene.admin.ok('listUsers')
        const userId = Math.max(...users.map((user) => user.id))
        await scene.admin.ok('updateUser', { params: { userId }, body: { isDisabled: true } })
      },
      async () => {
        scene.app.clock.advance(25 * 3_600_000)
        await scene.app.runJob('prune sessions')
      },
    ]
    for (const end of ends) {
      const session = await scene.app.signedIn('viewer')
      const page = await open(session)
      await end(session)
      await vi.waitFor(() => expect(page.socket.connected).toBe(false))
      expect(page.goodbyes).toEqual(['signed-out'])
      await expect(new LivePage(url, session).connect()).rejects.toThrow('unauthorized')
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
