import { afterAll, afterEach, beforeAll, describe, expect, test, vi } from 'vitest'
import type { Topic } from '#contract/events'
import { logSelector, type LogLine } from '#contract/log'
import { startRedis, type RedisServer } from '../scripts/redis-server.ts'
import type { Database } from './platform/db/database.ts'
import { OVERLAP_MS } from './platform/gateways.ts'
import { describeOnPostgresAndRedis } from './testing/databases.ts'
import { DeviceSocket } from './testing/device-socket.ts'
import { LivePage } from './testing/live-page.ts'
import { Scene, type SceneDevice } from './testing/scene.ts'
import { startTestApp, TestClock, type TestApp } from './testing/test-app.ts'
import { TestClient } from './testing/test-client.ts'

const eventually = { timeout: 15_000, interval: 50 }

describeOnPostgresAndRedis('two gateways behind one address', ({ open }) => {
  const clock = new TestClock()
  let database: Database
  let redis: RedisServer
  /** `other` was started long after `one`. */
  let one: TestApp
  let other: TestApp
  let atOne: Scene
  let admin: { one: TestClient; other: TestClient }
  let device: SceneDevice
  let person: { cookie: string; 'x-csrf-token': string }
  const urls = new Map<TestApp, string>()
  const pages: LivePage[] = []

  const start = async () => {
    const environment = { DATABASE_URL: 'postgresql://is-given', REDIS_URL: redis.url }
    const app = await startTestApp({ database, clock, environment })
    urls.set(app, await app.listen())
    await app.start()
    return app
  }
  beforeAll(async () => {
    database = await open()
    const started = await startRedis()
    if (!started) throw new Error('no Redis')
    redis = started
    one = await start()
    clock.advance(300_000)
    other = await start()
    // Whoever comes with something older than a gateway's start fetches anew.
    clock.advance(3 * OVERLAP_MS)
    atOne = await Scene.around(one)
    const headers = await one.as('admin')
    admin = { one: new TestClient(one, headers), other: new TestClient(other, headers) }
    const fleet = await atOne.fleet()
    ;[device] = (await atOne.devices(fleet, 1)) as [SceneDevice]
    person = await one.signedIn('admin')
  })
  afterEach(() => {
    for (const page of pages.splice(0)) page.close()
  })
  afterAll(async () => {
    await other.close()
    await one.close()
    await redis.kill()
    await database.close()
  })

  const watch = async (app: TestApp) => {
    const page = new LivePage(urls.get(app) ?? '', person)
    pages.push(page)
    return page.connect()
  }
  const topic = (): Topic => ({ kind: 'device', uuid: device.uuid })
  const rename = (by: TestClient, name: string) =>
    by.ok('updateDevice', { params: { uuid: device.uuid }, body: { name } })
  const fetchDevice = (from: TestClient) => from.ok('getDevice', { params: { uuid: device.uuid } })

  test('failed sign-ins are counted together', async () => {
    const signIn = (at: TestApp) =>
      at.app.inject({
        method: 'POST',
        url: '/api/v1/session',
        payload: { email: 'guessed@example.com', password: 'a wrong but long password' },
      })
    for (let round = 1; round <= 5; round++)
      for (const app of [one, other]) expect((await signIn(app)).statusCode).toBe(401)
    for (const app of [one, other]) expect((await signIn(app)).statusCode).toBe(429)
  })

  /** The page's own rule: a patch counts when it goes on from what is held. */
  const heldAfter = (page: LivePage, cursor: number) => {
    let held = cursor
    const names: string[] = []
    for (const patch of page.patchesOf('w')) {
      if (patch.from > held || patch.to <= held) continue
      held = patch.to
      names.push(JSON.stringify(patch.data))
    }
    return names.at(-1) ?? ''
  }

  describe.each([
    ['the older', 'the younger', 'one', 'other'],
    ['the younger', 'the older', 'other', 'one'],
  ] as const)('a page that fetched from %s and watches at %s', (_from, _at, from, at) => {
    const app = () => (at === 'one' ? one : other)

    test('hears of what is changed later, at either', async () => {
      const { cursor } = await fetchDevice(admin[from])
      clock.advance(100)
      const page = await watch(app())
      expect(await page.subscribe('w', topic(), cursor)).toMatchObject({ ok: true, isResync: false })
      for (const [by, name] of [
        [admin.one, `by one for ${at}`],
        [admin.other, `by other for ${at}`],
      ] as const) {
        clock.advance(1_000)
        await rename(by, name)
        await vi.waitFor(() => expect(heldAfter(page, cursor)).toContain(name), eventually)
      }
    })
    test('is sent what was changed between the two', async () => {
      const { cursor } = await fetchDevice(admin[from])
      await rename(admin.one, `between, by one for ${at}`)
      await rename(admin.other, `between, for ${at}`)
      clock.advance(100)
      const page = await watch(app())
      await page.subscribe('w', topic(), cursor)
      await vi.waitFor(() => expect(heldAfter(page, cursor)).toContain(`between, for ${at}`), eventually)
    })
    test('may fetch again from either, and still hears', async () => {
      const first = await fetchDevice(admin[from])
      const page = await watch(app())
      await page.subscribe('w', topic(), first.cursor)
      clock.advance(1_000)
      await rename(admin[from], `first for ${at}`)
      await vi.waitFor(() => expect(heldAfter(page, first.cursor)).toContain(`first for ${at}`), eventually)
      const { cursor } = await fetchDevice(admin[from])
      clock.advance(1_000)
      await rename(admin[from], `then for ${at}`)
      await vi.waitFor(() => expect(heldAfter(page, cursor)).toContain(`then for ${at}`), eventually)
    })
  })

  const say = async (app: TestApp, ...messages: string[]) => {
    const answer = await app.app.inject({
      method: 'POST',
      url: `/device/v2/${device.uuid}/logs`,
      headers: { authorization: `Bearer ${device.key}` },
      payload: messages.map((message) => ({ message, timestamp: clock.now().getTime(), isSystem: true })),
    })
    expect(answer.statusCode).toBeLessThan(300)
    await app.deviceApi.flush()
  }
  const linesOf = (page: LivePage) =>
    page.patchesOf('l').flatMap((patch) => (patch.data as { lines: LogLine[] }).lines)
  const logs = (): Topic => ({ kind: 'logs', selector: logSelector.parse({ device: [device.uuid] }) })
  const told = (page: LivePage, ...messages: string[]) =>
    vi.waitFor(() => {
      // Lines settle: the clock of the test stands still by itself.
      clock.advance(100)
      expect(linesOf(page).map(({ message }) => message)).toEqual(messages)
    }, eventually)

  test('lines are read as they come, wherever they were stored, in their order', async () => {
    const page = await watch(other)
    await page.subscribe('l', logs(), 0)
    await say(one, 'a', 'b')
    await say(other, 'c')
    await say(one, 'd')
    await told(page, 'a', 'b', 'c', 'd')
    const ids = linesOf(page).map(({ id }) => id)
    expect(ids).toEqual([...ids].sort((a, b) => a - b))
  })

  test('a session that ends at one is over at the other', async () => {
    const leaving = await one.signedIn('viewer')
    const page = new LivePage(urls.get(other) ?? '', leaving)
    pages.push(page)
    await page.connect()
    await new TestClient(one, leaving).ok('signOut')
    await vi.waitFor(() => expect(page.goodbyes).toEqual(['signed-out']), eventually)
  })

  test('a device key that is revoked at one opens nothing at the other, and its socket there is closed', async () => {
    const [lost] = (await atOne.devices(await atOne.fleet(), 1)) as [SceneDevice]
    const { uuid, key } = lost
    const poll = () =>
      other.app.inject({ url: `/device/v3/${uuid}/state`, headers: { authorization: `Bearer ${key}` } })
    expect((await poll()).statusCode).toBe(200)
    const opened = await new DeviceSocket(urls.get(other) ?? '', { uuid, key }).connect()
    const closed = new Promise((resolve) => opened.socket.once('disconnect', resolve))
    await admin.one.ok('changeDeviceKey', { params: { uuid }, body: { change: 'revoke', reason: 'Lost' } })
    expect((await poll()).statusCode).toBe(401)
    await closed
    await expect(new DeviceSocket(urls.get(other) ?? '', { uuid, key }).connect()).rejects.toThrow()
  })

  test('a gateway that stops says goodbye to its own pages alone', async () => {
    const third = await start()
    const leaving = await watch(third)
    const staying = await watch(other)
    await third.close()
    await vi.waitFor(() => expect(leaving.goodbyes).toEqual(['stopping']), eventually)
    const { cursor } = await fetchDevice(admin.one)
    expect(await staying.subscribe('w', topic(), cursor)).toMatchObject({ ok: true })
    expect(staying.goodbyes).toEqual([])
  })

  test('without Redis pages are served and hear of changes; once it is back, readers of lines fetch anew', async () => {
    const page = await watch(other)
    const { cursor } = await fetchDevice(admin.one)
    await page.subscribe('w', topic(), cursor)
    await page.subscribe('l', logs(), linesOf(page).at(-1)?.id ?? null)
    await redis.kill()
    clock.advance(1_000)
    await rename(admin.one, 'while Redis is away')
    await vi.waitFor(() => expect(heldAfter(page, cursor)).toContain('while Redis is away'), eventually)
    await say(one, 'nobody hears this')
    await redis.start()
    await vi.waitFor(() => expect(page.resyncs).toContain('l'), eventually)
    clock.advance(20_000)
    const late = await watch(other)
    const newest = await admin.other.ok('searchLogs', { query: { device: device.uuid, limit: 1 } })
    expect(newest.lines.at(-1)?.message).toBe('nobody hears this')
    await vi.waitFor(async () => {
      // Each gateway comes back in its own time.
      await late.subscribe('l', logs(), newest.lines.at(-1)?.id ?? null)
      await say(one, 'heard again')
      clock.advance(1_000)
      await vi.waitFor(() => expect(linesOf(late).map(({ message }) => message)).toContain('heard again'), {
        timeout: 1_500,
      })
      clock.advance(10_000)
    }, eventually)
  })
})
