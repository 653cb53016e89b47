import { expect, test, vi } from 'vitest'
import type { Topic } from '#contract/events'
import { logSelector } from '#contract/log'
import { describeOnStores } from '../../testing/databases.ts'
import { mirrorScene, pumps, two, uuidOf } from '../../testing/mirror-scene.ts'
import { SourceFailure } from '../source-failure.ts'

const device = uuidOf('pump 1')

describeOnStores('a mirrored source that fails', ({ open }) => {
  const on = mirrorScene(open, 2)

  test('says so in a sentence, keeps what was read, and heals by itself', async () => {
    const sentence = 'api.example.com does not accept the token.'
    on.source.failure = new SourceFailure('token', sentence)
    on.scene.app.clock.advance(31_000)
    const since = on.scene.app.clock.now().toISOString()
    await vi.waitFor(async () =>
      expect(await on.reading()).toMatchObject({
        state: 'failing',
        problem: { code: 'token', sentence, since },
      }),
    )
    expect(await on.rows()).toHaveLength(2)
    on.source.changeDevice(device, { name: 'pump 1 a' })
    on.source.failure = null
    await vi.waitFor(async () =>
      expect(await on.reading()).toMatchObject({ state: 'reading', problem: null }),
    )
    await on.look()
    expect((await on.row('pump 1')).name).toBe('pump 1 a')
  })

  test('where it lets nobody set a pin or a target, it is read all the same, and both are set once it does', async () => {
    const sentence = 'The token may not change /v7/application on api.example.com.'
    on.source.fleetRefusal = new SourceFailure('rights', sentence, { status: 401 })
    const policy = { kind: 'pinned' as const, releaseId: await on.releaseId(two) }
    await on.scene.admin.ok('updateFleet', { params: { fleetId: on.fleetId }, body: { policy } })
    await vi.waitFor(async () =>
      expect(await on.reading()).toMatchObject({
        state: 'failing',
        problem: { code: 'rights', sentence },
        waitingTargets: 1,
      }),
    )
    on.source.changeDevice(device, { name: 'pump 1 a' })
    on.scene.app.clock.advance(31_000)
    await vi.waitFor(async () => expect((await on.row('pump 1')).name).toBe('pump 1 a'))
    expect(await on.reading()).toMatchObject({ state: 'failing', problem: { code: 'rights' } })
    on.source.fleetRefusal = null
    on.scene.app.clock.advance(31_000)
    await vi.waitFor(async () =>
      expect(await on.reading()).toMatchObject({ state: 'reading', problem: null, waitingTargets: 0 }),
    )
    expect(on.source.fleetTargets).toEqual([{ fleetUuid: pumps, target: { kind: 'pinned', commit: two } }])
  })

  test('one that cannot be reached at the start says so, and is read once it can', async () => {
    await on.stop()
    on.source.failure = new SourceFailure('address', 'api.example.com cannot be reached.')
    await on.begin()
    await vi.waitFor(async () =>
      expect(await on.reading()).toMatchObject({ state: 'failing', problem: { code: 'address' } }),
    )
    on.source.failure = null
    await vi.waitFor(async () =>
      expect(await on.reading()).toMatchObject({ state: 'reading', problem: null }),
    )
  })
})

describeOnStores('lines of a mirrored source', ({ open }) => {
  const on = mirrorScene(open, 2)
  const topic: Topic = { kind: 'logs', selector: logSelector.parse({ device: [device] }) }
  const stored = async () =>
    (await on.scene.admin.ok('searchLogs', { query: { device: [device].join(',') } })).lines.map(
      ({ message }) => message,
    )
  const lineAt = (second: number, message: string) =>
    on.line(new Date(Date.parse('2026-01-15T11:00:00Z') + second * 1000), message)
  /** It is followed again, some time after a connection broke. */
  const followed = () =>
    vi.waitFor(() => {
      on.scene.app.clock.advance(1_000)
      expect(on.source.followers(device)).toBe(1)
    })

  test('are taken over once somebody reads them, each once, over broken connections and restarts', async () => {
    on.source.say(device, [lineAt(1, 'a'), lineAt(2, 'b'), lineAt(2, 'c')])
    await on.look()
    expect(await stored()).toEqual([])
    await on.watch(topic)
    await vi.waitFor(async () => expect(await stored()).toEqual(['a', 'b', 'c']))
    // Two that came in the same millisecond, one of them after the connection broke.
    on.source.say(device, [lineAt(3, 'd')])
    await vi.waitFor(async () => expect(await stored()).toHaveLength(4))
    on.source.cutLines(device)
    on.source.say(device, [lineAt(3, 'e')])
    await followed()
    await vi.waitFor(async () => expect(await stored()).toEqual(['a', 'b', 'c', 'd', 'e']))
    await on.stop()
    on.source.say(device, [lineAt(4, 'f')])
    await on.start()
    await on.watch(topic)
    await vi.waitFor(async () => expect(await stored()).toEqual(['a', 'b', 'c', 'd', 'e', 'f']))
    expect(on.source.followers(uuidOf('pump 2'))).toBe(0)
  })

  test('are no longer followed when nobody reads them', async () => {
    const stop = await on.watch(topic)
    await followed()
    stop()
    on.scene.app.clock.advance(11_000)
    await vi.waitFor(() => expect(on.source.followers(device)).toBe(0))
    expect(await stored()).toEqual([])
  })
})
