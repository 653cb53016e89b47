import { afterAll, beforeAll, describe, expect, test, vi } from 'vitest'
import { deviceFilter } from '#contract/device'
import { topicRoles, topicScopes, type SubscribeReply, type Topic, type TopicKind } from '#contract/events'
import { logSelector } from '#contract/log'
import { roleAllows, roles, type Role } from '#contract/role'
import type { Route } from '#contract/route'
import { routes, type RouteName } from '#contract/routes'
import { LivePage } from './testing/live-page.ts'
import { Scene } from './testing/scene.ts'
import { problemOf, TestClient, urlOf } from './testing/test-client.ts'
import { makeWalledFleet, printLine, type WalledFleet } from './testing/walled-fleet.ts'

const entries = Object.entries(routes) as [RouteName, Route][]
const withScope = (isOne: (scope: Route['scope']) => boolean) =>
  entries.filter(([, route]) => route.scope !== undefined && isOne(route.scope))
const ofResources = withScope((scope) => typeof scope === 'object')
const ofFleets = withScope((scope) => scope === 'fleets')
const ofAll = withScope((scope) => scope === 'organisation')
const isEnough = (role: Role, route: Route) =>
  route.permission !== 'public' && route.permission !== 'signed-in' && roleAllows(role, route.permission)
const readable = ofFleets.filter(([, route]) => route.method === 'GET')

/** Queries without which a route refuses before anybody is asked who calls. */
const queriesOf = (of: WalledFleet): Partial<Record<RouteName, Record<string, unknown>>> => ({
  compareReleases: { from: of.former.id, to: of.release.id },
  getDeviceMetrics: { from: '2026-01-15T11:00:00.000Z', to: '2026-01-15T12:00:00.000Z' },
  getDeviceTimeline: { from: '2026-01-15T11:00:00.000Z', to: '2026-01-15T13:00:00.000Z' },
  getWallDevices: { ids: of.device.id },
  searchDevices: { q: of.marker },
  exportRollout: { format: 'json' },
})
const addressOf = (name: RouteName, of: WalledFleet) =>
  urlOf(name, {
    params: {
      fleetId: of.fleet.id,
      uuid: of.device.uuid,
      releaseId: of.release.id,
      rolloutId: of.rolloutId,
      actionId: of.actionId,
      batchId: of.batchId,
      lineId: of.lineId,
      key: 'nothing',
      verb: 'pause',
      kind: 'returns',
    },
    query: queriesOf(of)[name] ?? {},
  }).replaceAll('undefined', '999')

/** Of nothing that exists, otherwise like one that does. */
const nowhere = (of: WalledFleet): WalledFleet => ({
  ...of,
  fleet: { ...of.fleet, id: 99_999 },
  release: { ...of.release, id: 99_999 },
  former: { ...of.former, id: 99_999 },
  device: Object.assign(Object.create(Object.getPrototypeOf(of.device) as object), of.device, {
    uuid: 'f'.repeat(32),
  }) as WalledFleet['device'],
  rolloutId: 99_999,
  actionId: 99_999,
  batchId: 99_999,
  lineId: 99_999,
})

describe('the wall between fleets', () => {
  let scene: Scene
  let url: string
  let own: WalledFleet
  let other: WalledFleet
  const callers = new Map<Role, Record<string, string>[]>()
  beforeAll(async () => {
    scene = await Scene.open({ environment: { WHEELHOUSE_HEAVY_CALLS_PER_MINUTE: '0' } })
    url = await scene.app.listen()
    own = await makeWalledFleet(scene)
    other = await makeWalledFleet(scene)
    for (const role of roles)
      callers.set(role, [
        await scene.app.as(role, own.fleet.id),
        await scene.app.signedIn(role, own.fleet.id),
      ])
  })
  afterAll(() => scene.close())

  const call = (name: RouteName, of: WalledFleet, headers: Record<string, string>) =>
    scene.app.app.inject({
      method: routes[name].method,
      url: addressOf(name, of),
      headers,
      // Nobody's body: what is refused is refused before it is read, and what is not does no harm.
      ...(routes[name].method === 'GET' ? {} : { payload: {} }),
    })
  const everyCaller = roles.flatMap((role) => [0, 1].map((at) => ({ role, at })))
  const headersOf = ({ role, at }: { role: Role; at: number }) => callers.get(role)?.[at] ?? {}

  // Those that delete come last: the others still need what they delete.
  const inOrder = [...ofResources].sort(
    ([, a], [, b]) => Number(a.method === 'DELETE') - Number(b.method === 'DELETE'),
  )
  test.each(inOrder)('%s: another fleet is not there, the own one by its role', async (name, route) => {
    for (const caller of everyCaller) {
      const headers = headersOf(caller)
      const beyond = await call(name, other, headers)
      if (!isEnough(caller.role, route)) {
        expect(beyond.statusCode, beyond.body).toBe(403)
        expect((await call(name, own, headers)).statusCode).toBe(403)
        continue
      }
      // In the words of what does not exist.
      const absent = await call(name, nowhere(other), headers)
      const words = (answer: typeof beyond) => {
        const { requestId: _one, detail, ...rest } = problemOf(answer)
        return { ...rest, detail: detail?.replace(/[0-9a-f]{32}|\d+/g, '#') }
      }
      expect(beyond.statusCode, `${caller.role}: ${beyond.body}`).toBe(404)
      expect(words(beyond)).toEqual(words(absent))
      expect(beyond.body).not.toContain(other.marker)
      if (route.method === 'DELETE') continue
      const mine = await call(name, own, headers)
      expect([401, 403], `${caller.role}: ${mine.body}`).not.toContain(mine.statusCode)
      expect(mine.statusCode, mine.body).toBeLessThan(500)
      if (route.method === 'GET') expect(mine.statusCode, mine.body).toBe(200)
    }
  })

  test.each(readable)('%s: only the own fleet is told', async (name, route) => {
    for (const caller of everyCaller) {
      const answer = await call(name, other, headersOf(caller))
      if (!isEnough(caller.role, route)) expect(answer.statusCode).toBe(403)
      else {
        expect(answer.statusCode, answer.body).toBe(200)
        expect(answer.body).not.toContain(other.device.uuid)
        expect(answer.body).not.toContain(other.marker)
      }
    }
  })

  test.each([
    'listFleets',
    'listDevices',
    'exportDevices',
    'listReleases',
    'searchLogs',
    'exportLogs',
    'listAudit',
  ] as const)('%s: the own fleet is told, and whoever sees all sees both', async (name) => {
    const admin = await scene.app.as('admin')
    for (const role of roles) {
      if (!isEnough(role, routes[name])) continue
      expect((await call(name, own, headersOf({ role, at: 0 }))).body).toContain(own.marker)
    }
    const all = (await call(name, own, admin)).body
    expect(all).toContain(own.marker)
    expect(all).toContain(other.marker)
  })

  test('counts are of the own fleet alone', async () => {
    const viewer = new TestClient(scene.app, headersOf({ role: 'viewer', at: 0 }))
    expect((await viewer.ok('listDevices', { query: { limit: 1 } })).total).toBe(1)
    const facets = await viewer.ok('getDeviceFacets')
    expect(facets.connectivity.reduce((sum, { count }) => sum + count, 0)).toBe(1)
    expect((await viewer.ok('listReleases')).total).toBe(2)
    expect((await viewer.ok('listRollouts')).total).toBe(1)
    const batches = (await viewer.ok('listActionBatches')).rows.map(({ id }) => id)
    expect(batches).toContain(own.batchId)
    expect(batches).not.toContain(other.batchId)
    const beyond = await viewer.ok('listDevices', { query: { fleetId: other.fleet.id } })
    expect(beyond).toMatchObject({ rows: [], total: 0 })
    expect((await viewer.ok('searchLogs', { query: { device: [other.device.uuid] } })).lines).toEqual([])
  })

  test.each(ofAll)('%s: no role in a single fleet is enough', async (name) => {
    for (const caller of everyCaller)
      expect((await call(name, own, headersOf(caller))).statusCode, caller.role).toBe(403)
  })

  test('many devices at once: those of other fleets are not there, those of a lower role refuse', async () => {
    const support = new TestClient(scene.app, headersOf({ role: 'support', at: 0 }))
    const body = {
      selection: { kind: 'uuids' as const, uuids: [own.device.uuid, other.device.uuid] },
      operation: { kind: 'untag' as const, key: 'nothing' },
      isPreview: true,
    }
    const result = await support.ok('bulkDevices', { body })
    expect(result.matched).toBe(1)
    expect(result.refused).toContainEqual({
      reason: 'Is no longer there',
      count: 1,
      examples: [other.device.uuid],
    })
    // Support here and viewer there: the other is seen, and refuses.
    const secret = await scene.admin.ok('createApiToken', {
      body: {
        name: 'two roles',
        access: {
          everywhere: null,
          fleets: [
            { fleetId: own.fleet.id, role: 'support' },
            { fleetId: other.fleet.id, role: 'viewer' },
          ],
        },
      },
    })
    const both = new TestClient(scene.app, { authorization: `Bearer ${secret.secret}` })
    const seen = await both.ok('bulkDevices', { body })
    expect(seen.matched).toBe(2)
    expect(seen.refused.map(({ reason }) => reason)).toContain('You need the role support in its fleet')
    // A pin needs a higher role than support, in whichever fleet the release is.
    for (const { release } of [own, other])
      await support.refused('bulkDevices', 403, {
        body: { ...body, operation: { kind: 'pin', releaseId: release.id } },
      })
    const manager = new TestClient(scene.app, headersOf({ role: 'release-manager', at: 0 }))
    for (const operation of [
      { kind: 'pin' as const, releaseId: other.release.id },
      { kind: 'move' as const, fleetId: other.fleet.id },
    ])
      await manager.refused('bulkDevices', 400, { body: { ...body, operation } })
  })

  const topics: Record<TopicKind, (of: WalledFleet) => Topic> = {
    fleets: () => ({ kind: 'fleets' }),
    fleet: (of) => ({ kind: 'fleet', fleetId: of.fleet.id }),
    devices: (of) => ({ kind: 'devices', filter: deviceFilter.parse({}), uuids: [of.device.uuid] }),
    device: (of) => ({ kind: 'device', uuid: of.device.uuid }),
    wall: (of) => ({ kind: 'wall', fleetId: of.fleet.id }),
    releases: () => ({ kind: 'releases' }),
    rollouts: () => ({ kind: 'rollouts' }),
    rollout: (of) => ({ kind: 'rollout', rolloutId: of.rolloutId }),
    'rollout-devices': (of) => ({
      kind: 'rollout-devices',
      rolloutId: of.rolloutId,
      uuids: [of.device.uuid],
    }),
    'rollout-wall': (of) => ({ kind: 'rollout-wall', rolloutId: of.rolloutId }),
    notifications: () => ({ kind: 'notifications' }),
    webhooks: () => ({ kind: 'webhooks' }),
    'action-batch': (of) => ({ kind: 'action-batch', batchId: of.batchId }),
    logs: () => ({ kind: 'logs', selector: logSelector.parse({}) }),
    source: () => ({ kind: 'source' }),
  }
  const kinds = Object.keys(topics) as TopicKind[]
  let serial = 0
  /** Everything happens in a fleet that any topic tells of. */
  async function stir(of: WalledFleet): Promise<void> {
    serial++
    await scene.admin.ok('updateDevice', {
      params: { uuid: of.device.uuid },
      body: { name: `device ${of.marker} ${String(serial)}` },
    })
    await scene.admin.ok('updateRelease', {
      params: { releaseId: of.release.id },
      body: { notes: `notes ${of.marker} ${String(serial)}` },
    })
    await of.device.reports(of.release, 'downloading', serial % 100)
    await printLine(scene, of.device, `line ${of.marker}`)
    for (const verb of ['pause', 'resume'] as const)
      await scene.admin.ok('actOnRollout', { params: { rolloutId: of.rolloutId, verb }, body: {} })
    await scene.app.db
      .updateTable('device_action')
      .set({ message: `message ${String(serial)}` })
      .where('batch_id', '=', of.batchId)
      .execute()
    scene.app.changes.publish([{ kind: 'action-batch', batchId: of.batchId }, { kind: 'source' }])
    await scene.settled()
    scene.app.clock.advance(5_000)
    await scene.app.hub.tick()
  }
  const statusOf = (reply: SubscribeReply) => (reply.ok ? 200 : reply.problem.status)

  test.each(kinds)('topic %s: nothing of another fleet is told, in no role', async (kind) => {
    const scope = topicScopes[kind]
    for (const role of roles) {
      const page = await new LivePage(url, headersOf({ role, at: 1 })).connect()
      try {
        const mayWatch = roleAllows(role, topicRoles[kind]) && scope !== 'organisation'
        const [beyond, mine] = [
          await page.subscribe('beyond', topics[kind](other)),
          await page.subscribe('mine', topics[kind](own)),
        ]
        if (!mayWatch) {
          expect([statusOf(beyond), statusOf(mine)]).toEqual([403, 403])
          continue
        }
        expect(statusOf(mine)).toBe(200)
        expect(statusOf(beyond)).toBe(typeof scope === 'object' ? 404 : 200)
        await stir(other)
        await stir(own)
        await vi.waitFor(() => expect(page.patchesOf('mine')).not.toEqual([]))
        expect(JSON.stringify(page.patches)).not.toContain(other.marker)
        expect(JSON.stringify(page.patches)).not.toContain(other.device.uuid)
      } finally {
        page.close()
      }
    }
  })
})
