import { describe, expect, test, vi } from 'vitest'
import {
  MAX_SUBSCRIPTIONS_PER_SOCKET,
  topicData,
  topicRoles,
  type SubscribeReply,
  type Topic,
  type TopicKind,
} from '#contract/events'
import { deviceFilter } from '#contract/device'
import { logSelector } from '#contract/log'
import { roleAllows, roles } from '#contract/session'
import { Hub } from './platform/hub.ts'
import { LivePage } from './testing/live-page.ts'
import { liveScene } from './testing/live-scene.ts'

describe('live updates over a real socket', () => {
  const on = liveScene()
  const cursorOf = (reply: SubscribeReply) => (reply.ok ? reply.cursor : -1)

  /** Each kind of topic, and a change it must tell. A kind added to the contract does not compile without its line here. */
  const kinds: Record<TopicKind, { topic: () => Topic; cause: () => Promise<unknown> }> = {
    fleets: { topic: () => ({ kind: 'fleets' }), cause: () => on.rename() },
    fleet: { topic: () => ({ kind: 'fleet', fleetId: on.fleet.id }), cause: () => on.rename() },
    devices: {
      topic: () => ({
        kind: 'devices',
        filter: deviceFilter.parse({ fleetId: on.fleet.id }),
        uuids: [on.device.uuid],
      }),
      cause: () => on.rename(),
    },
    device: { topic: () => ({ kind: 'device', uuid: on.device.uuid }), cause: () => on.rename() },
    wall: { topic: () => ({ kind: 'wall', fleetId: on.fleet.id }), cause: () => on.rename() },
    releases: { topic: () => ({ kind: 'releases', fleetId: on.fleet.id }), cause: () => on.note() },
    rollouts: { topic: () => ({ kind: 'rollouts', fleetId: on.fleet.id }), cause: () => on.progress() },
    rollout: { topic: () => ({ kind: 'rollout', rolloutId: on.rolloutId }), cause: () => on.progress() },
    'rollout-devices': {
      topic: () => ({ kind: 'rollout-devices', rolloutId: on.rolloutId, uuids: [on.device.uuid] }),
      cause: () => on.progress(),
    },
    'rollout-wall': {
      topic: () => ({ kind: 'rollout-wall', rolloutId: on.rolloutId }),
      cause: () => on.progress(),
    },
    notifications: {
      topic: () => ({ kind: 'notifications' }),
      cause: () => on.turn(),
    },
    webhooks: {
      topic: () => ({ kind: 'webhooks' }),
      cause: () =>
        on.scene.admin.ok('createWebhook', { body: { name: 'Chat', url: 'https://chat.example/hook' } }),
    },
    'action-batch': {
      topic: () => ({ kind: 'action-batch', batchId: on.batchId }),
      cause: () => on.ended(),
    },
    logs: {
      topic: () => ({ kind: 'logs', selector: logSelector.parse({ device: [on.device.uuid] }) }),
      cause: () => on.log(),
    },
    source: {
      topic: () => ({ kind: 'source' }),
      cause: () => {
        on.scene.app.changes.publish([{ kind: 'source' }])
        return Promise.resolve()
      },
    },
  }
  const all = Object.keys(kinds) as TopicKind[]
  /** Somebody who may watch this topic and no more. */
  const watcherOf = async (kind: TopicKind) => on.scene.app.signedIn(topicRoles[kind])
  const states = all.filter((kind) => kind !== 'logs')

  test.each(all)('%s: a change becomes a patch that is what the contract says', async (kind) => {
    const page = await on.open(await watcherOf(kind))
    const reply = await page.subscribe('w', kinds[kind].topic())
    expect(reply.ok).toBe(true)
    await kinds[kind].cause()
    await on.tick()
    await vi.waitFor(() => expect(page.patchesOf('w')).not.toEqual([]))
    const [patch] = page.patchesOf('w')
    expect(patch?.kind).toBe(kind)
    topicData[kind].parse(patch?.data)
    if (kind !== 'logs') expect(patch?.from).toBeLessThanOrEqual(cursorOf(reply))
    expect(patch?.to).toBeGreaterThan(kind === 'logs' ? 0 : cursorOf(reply))
  })

  test.each(states)('%s: what was missed while away is sent at the return', async (kind) => {
    const held = on.scene.app.hub.cursor
    await kinds[kind].cause()
    await on.scene.settled()
    const page = await on.open(await watcherOf(kind))
    const reply = await page.subscribe('w', kinds[kind].topic(), held)
    expect(reply).toMatchObject({ ok: true, isResync: false })
    await vi.waitFor(() => expect(page.patchesOf('w')).toHaveLength(1))
    expect(page.patchesOf('w')[0]).toMatchObject({ from: held, to: cursorOf(reply) })
    topicData[kind].parse(page.patchesOf('w')[0]?.data)
  })

  test('what was missed of the logs is sent at the return', async () => {
    const { topic } = kinds.logs
    await on.log()
    const { lines } = await on.scene.admin.ok('searchLogs', { query: { device: [on.device.uuid] } })
    const held = lines.at(-1)?.id ?? 0
    await on.log()
    const page = await on.open()
    await page.subscribe('w', topic(), held)
    await on.tick()
    await vi.waitFor(() => expect(page.patchesOf('w')).not.toEqual([]))
    const data = topicData.logs.parse(page.patchesOf('w')[0]?.data)
    expect(data.lines.map((line) => line.id > held)).toEqual([true])
  })

  test('a return to a topic of which nothing changed needs no new snapshot at the next patch', async () => {
    const held = on.scene.app.hub.cursor
    await on.note()
    const page = await on.open()
    await page.subscribe('w', kinds.wall.topic(), held)
    await on.rename()
    await on.tick()
    await vi.waitFor(() => expect(page.patchesOf('w')).toHaveLength(1))
    expect(page.patchesOf('w')[0]?.from).toBeLessThanOrEqual(held)
  })

  test('what the journal does not reach, or nobody can have seen yet, is fetched anew', async () => {
    const page = await on.open()
    for (const since of [1, on.scene.app.hub.cursor + 1_000_000])
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

  describe('refusals', () => {
    test('no session, a guessed one, and an API token open no socket', async () => {
      for (const headers of [{}, { cookie: 'wheelhouse_session=guess' }, await on.scene.app.as('admin')])
        await expect(new LivePage(on.url, { ...headers }).connect()).rejects.toThrow('unauthorized')
    })

    test('a page of another site opens no socket, whatever its origin looks like', async () => {
      const session = await on.scene.app.signedIn('admin')
      for (const origin of ['https://evil.example', 'null', 'http://', 'nonsense'])
        await expect(new LivePage(on.url, { ...session, origin }).connect()).rejects.toThrow()
      const own = await on.open({ ...session, origin: on.url })
      expect(own.socket.connected).toBe(true)
    })

    test.each(all)('%s is refused below its role', async (kind) => {
      for (const role of roles) {
        const page = await on.open(await on.scene.app.signedIn(role))
        expect((await page.subscribe('w', kinds[kind].topic())).ok).toBe(roleAllows(role, topicRoles[kind]))
      }
    })

    test('what no topic is, or cannot be read, is answered by a problem with its field', async () => {
      const page = await on.open()
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
      expect(on.scene.app.hub.watched).toBe(0)
    })

    test('more topics than one page may watch are refused, also all at once; one given up makes room', async () => {
      const page = await on.open()
      const replies = await Promise.all(
        Array.from({ length: MAX_SUBSCRIPTIONS_PER_SOCKET + 5 }, (_, index) =>
          page.subscribe(`w${index}`, { kind: 'fleet', fleetId: index + 1 }, on.scene.app.hub.cursor - 1),
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
})
