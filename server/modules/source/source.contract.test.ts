import { afterAll, beforeAll, describe, expect, test, vi } from 'vitest'
import { toldSource, type SourceReading } from '#contract/source'
import { LivePage } from '../../testing/live-page.ts'
import { MadeSource, whyOf } from '../../testing/made-source.ts'
import { Scene } from '../../testing/scene.ts'
import { TestClient } from '../../testing/test-client.ts'

const reading = (own: Partial<SourceReading> = {}): SourceReading => ({
  state: 'reading',
  problem: null,
  readAt: '2026-01-15T12:00:00.000Z',
  shownReadAt: '2026-01-15T12:00:00.000Z',
  feeds: [{ name: 'devices', readAt: '2026-01-15T12:00:00.000Z', everySeconds: 2 }],
  requestsLastMinute: 31,
  requestsPerMinute: 120,
  quietUntil: null,
  waitingTargets: 0,
  ...own,
})

describe('the gateway itself', () => {
  let scene: Scene
  beforeAll(async () => {
    scene = await Scene.open()
  })
  afterAll(() => scene.close())

  test('is where fleets come from unless told otherwise: nothing is missing and nothing has an age', async () => {
    const viewer = await scene.as('viewer')
    const { at, status } = await viewer.ok('getSource')
    expect(at).toBe(scene.app.clock.now().toISOString())
    expect(status).toEqual({
      kind: 'embedded',
      name: 'this gateway',
      address: null,
      missing: [],
      reading: null,
    })
    expect(await scene.admin.ok('testSource')).toEqual({
      isOk: true,
      steps: [],
      version: null,
      actor: null,
    })
    const person = new TestClient(scene.app, await scene.app.signedIn('viewer'))
    expect((await person.ok('getMe')).source).toEqual({
      kind: 'embedded',
      name: 'this gateway',
      missing: [],
      isRead: false,
    })
  })
})

describe('a source that is read', () => {
  const source = new MadeSource(['device-keys'])
  let scene: Scene
  let url: string
  beforeAll(async () => {
    source.reading = reading()
    scene = await Scene.open({ source })
    url = await scene.app.listen()
  })
  afterAll(() => scene.close())

  test('is told to whoever may see a fleet; only administrators of all fleets try it', async () => {
    const fleet = await scene.fleet()
    for (const headers of [await scene.app.as('viewer'), await scene.app.as('viewer', fleet.id)]) {
      const client = new TestClient(scene.app, headers)
      const { status } = await client.ok('getSource')
      expect(status).toEqual(source.status())
      await client.refused('testSource', 403)
    }
    await new TestClient(scene.app, await scene.app.as('admin', fleet.id)).refused('testSource', 403)
    expect(await scene.admin.ok('testSource')).toMatchObject({
      isOk: false,
      steps: [{ name: 'address', state: 'failed' }],
    })
  })

  test('the first answer says what it cannot do, so that the page offers nothing that is refused', async () => {
    const person = new TestClient(scene.app, await scene.app.signedIn('viewer'))
    expect((await person.ok('getMe')).source).toEqual({
      kind: 'balena',
      name: 'openBalena at api.example.com',
      missing: [{ ability: 'device-keys', why: whyOf('device-keys') }],
      isRead: true,
    })
  })

  test('whoever watches is told at every move how it is, with the clock of the gateway', async () => {
    const page = await new LivePage(url, await scene.app.signedIn('viewer')).connect()
    try {
      expect(await page.subscribe('s', { kind: 'source' })).toMatchObject({ ok: true })
      const problem = {
        code: 'token' as const,
        sentence: 'The token has expired; make another one.',
        since: '2026-01-15T12:00:01.000Z',
      }
      source.reading = reading({ state: 'failing', problem, readAt: null })
      scene.app.changes.publish([{ kind: 'source' }])
      scene.app.clock.advance(2000)
      await scene.app.hub.tick()
      await vi.waitFor(() => expect(page.patchesOf('s')).toHaveLength(1))
      const told = toldSource.parse(page.patchesOf('s')[0]?.data)
      expect(told).toEqual({ at: scene.app.clock.now().toISOString(), status: source.status() })
      expect(told.status.reading?.problem).toEqual(problem)
      // What other things do is no news of the source.
      await scene.fleet()
      scene.app.clock.advance(2000)
      await scene.app.hub.tick()
      expect(page.patchesOf('s')).toHaveLength(1)
    } finally {
      page.close()
      source.reading = reading()
    }
  })
})
