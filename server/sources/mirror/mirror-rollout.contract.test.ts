import { expect, test, vi } from 'vitest'
import { defaultRolloutPlan, type RolloutPhase } from '#contract/rollout-plan'
import { describeOnStores } from '../../testing/databases.ts'
import { mirrorScene, one, pumps, reportOf, two, uuidOf } from '../../testing/mirror-scene.ts'

const SOAK_MS = 60_000
const phase = (percent: number): RolloutPhase => ({
  name: `To ${percent} %`,
  reach: { kind: 'percent', percent },
  soakSeconds: SOAK_MS / 1000,
  approval: 'auto',
  approver: 'release-manager',
})
const elsewhere = 'at openBalena at api.example.com'

describeOnStores('targets of a mirrored source', ({ open }) => {
  const on = mirrorScene(open)

  const start = async (phases: RolloutPhase[], more = {}) => {
    const { id } = await on.scene.admin.ok('createRollout', {
      params: { fleetId: on.fleetId },
      body: { releaseId: await on.releaseId(two), plan: { ...defaultRolloutPlan, phases, ...more } },
    })
    await on.scene.settled()
    await on.pushed()
    return id
  }
  const read = async (rolloutId: number) =>
    (await on.scene.admin.ok('getRollout', { params: { rolloutId } })).rollout
  const members = async (rolloutId: number) =>
    (await on.scene.admin.ok('listRolloutDevices', { params: { rolloutId } })).rows
  const act = async (rolloutId: number, verb: 'abort' | 'roll-back') => {
    await on.scene.admin.ok('actOnRollout', { params: { rolloutId, verb }, body: {} })
    await on.scene.settled()
    await on.pushed()
  }
  const toldThere = (uuid: string) => on.source.deviceNow(uuid).pin ?? on.source.fleetNow(pumps).target.commit
  /** Devices run what their backend tells them. */
  const obey = async () => {
    for (const uuid of on.source.uuids) on.source.reports(uuid, reportOf(toldThere(uuid)))
    await on.look()
  }
  /** Nobody says anything new; time passes. */
  const soak = async () => {
    await on.look(SOAK_MS)
    await on.scene.app.rollouts.tick()
    await on.look(SOAK_MS)
    await on.scene.app.rollouts.tick()
    await on.pushed()
  }
  const pin = (name: string, releaseId: number | null) =>
    on.scene.admin.ok('pinDevice', { params: { uuid: uuidOf(name) }, body: { releaseId } })

  test('a device that is pinned here is pinned there, from what was last seen there to what is wanted', async () => {
    await pin('pump 1', await on.releaseId(two))
    await on.pushed()
    expect(on.source.pinBatches).toEqual([
      [{ uuid: uuidOf('pump 1'), fleetUuid: pumps, expected: null, commit: two }],
    ])
    await pin('pump 1', null)
    await on.pushed()
    expect(on.source.pinBatches[1]).toEqual([
      { uuid: uuidOf('pump 1'), fleetUuid: pumps, expected: two, commit: null },
    ])
    await on.look()
    expect(on.source.pinBatches).toHaveLength(2)
    expect(on.source.pinsNow()).toEqual([null, null, null, null])
  })

  test('a pin that somebody set there is that of the device here, with an event, also where both set one', async () => {
    on.source.changeDevice(uuidOf('pump 1'), { pin: two })
    await on.look()
    expect(await on.row('pump 1')).toMatchObject({ isPinned: true, targetRelease: { semver: '2.0.0' } })
    expect(await on.summaries('pump 1')).toContain(`Pinned to 2.0.0 by other means, ${elsewhere}`)
    // Nothing was read of it yet: what is asked here comes second, and is not set.
    on.source.changeDevice(uuidOf('pump 2'), { pin: one })
    await pin('pump 2', await on.releaseId(two))
    await vi.waitFor(async () =>
      expect(await on.row('pump 2')).toMatchObject({ isPinned: true, targetRelease: { semver: '1.0.0' } }),
    )
    await on.look()
    expect(on.source.deviceNow(uuidOf('pump 2')).pin).toBe(one)
    expect(await on.summaries('pump 2')).toContain(`Pinned to 1.0.0 by other means, ${elsewhere}`)
    on.source.changeDevice(uuidOf('pump 1'), { pin: null })
    await on.look()
    expect(await on.row('pump 1')).toMatchObject({ isPinned: false, targetRelease: { semver: '1.0.0' } })
    expect(await on.summaries('pump 1')).toContain(`Unpinned by other means, ${elsewhere}; follows its fleet`)
  })

  test('a pin that is refused is told, and the others are set', async () => {
    on.source.addRelease(on.release('3.0.0'))
    await on.look()
    on.source.refused.set(uuidOf('3.0.0'), 'the release failed')
    await pin('pump 1', await on.releaseId(uuidOf('3.0.0')))
    await pin('pump 2', await on.releaseId(two))
    await on.pushed()
    expect(on.source.pinsNow()).toEqual([null, two, null, null])
    expect(await on.row('pump 1')).toMatchObject({ isPinned: false, targetRelease: { semver: '1.0.0' } })
    expect(
      (await on.summaries('pump 1')).find((summary) => summary.includes('the release failed')),
    ).toContain('did not take another pin (the release failed)')
  })

  test('the target of a fleet is set there; what somebody sets there counts here', async () => {
    const policy = { kind: 'pinned' as const, releaseId: await on.releaseId(two) }
    await on.scene.admin.ok('updateFleet', { params: { fleetId: on.fleetId }, body: { policy } })
    await on.pushed()
    expect(on.source.fleetTargets).toEqual([{ fleetUuid: pumps, target: { kind: 'pinned', commit: two } }])
    on.source.retarget(pumps, { kind: 'track-latest', commit: one })
    await on.look()
    const { fleet } = await on.scene.admin.ok('getFleet', { params: { fleetId: on.fleetId } })
    expect(fleet).toMatchObject({ policy: { kind: 'track-latest' }, targetRelease: { semver: '1.0.0' } })
    expect(on.source.fleetTargets).toHaveLength(1)
    expect(on.source.pinBatches).toEqual([])
  })

  test('a rollout sets pins phase by phase; when nobody waits any more the fleet is pinned and exactly its pins are gone', async () => {
    on.source.addDevice(on.device('pump 5'))
    on.source.addDevice(on.device('pump 6', { pin: one }))
    await on.look()
    const id = await start([phase(40), phase(80), phase(100)])
    const pinned = () => on.source.pinsNow().filter((held) => held === two).length
    expect(pinned()).toBe(2)
    await obey()
    expect(new Set((await members(id)).map(({ state }) => state))).toContain('verifying')
    await soak()
    expect(pinned()).toBe(4)
    expect(on.source.fleetTargets).toEqual([])
    await obey()
    await soak()
    expect(on.source.fleetTargets).toEqual([{ fleetUuid: pumps, target: { kind: 'pinned', commit: two } }])
    expect(on.source.pinsNow()).toEqual([null, null, null, null, null, one])
    await obey()
    await soak()
    expect((await read(id)).state).toBe('completed')
    expect(on.source.fleetTargets).toHaveLength(1)
    expect(on.source.pinBatches.every((batch) => batch.length <= 200)).toBe(true)
    await obey()
    expect((await on.rows()).map(({ currentRelease }) => currentRelease?.semver)).toEqual([
      '2.0.0',
      '2.0.0',
      '2.0.0',
      '2.0.0',
      '2.0.0',
      '1.0.0',
    ])
  })

  test('a pin that somebody sets during a rollout is respected: it is told apart and neither overwritten nor rolled back', async () => {
    const id = await start([phase(50), phase(100)])
    const offered = on.source.uuids.filter((uuid) => on.source.deviceNow(uuid).pin === two)
    const waiting = on.source.uuids.filter((uuid) => !offered.includes(uuid))
    expect([offered.length, waiting.length]).toEqual([2, 2])
    const [taken = '', held = ''] = [offered[0], waiting[0]]
    on.source.addRelease(on.release('1.5.0'))
    for (const uuid of [taken, held]) on.source.changeDevice(uuid, { pin: uuidOf('1.5.0') })
    await on.look()
    const stateOf = async (wanted: string) => (await members(id)).find(({ uuid }) => uuid === wanted)
    expect(await stateOf(taken)).toMatchObject({
      state: 'skipped',
      reason: 'Somebody gave the device another target meanwhile',
    })
    expect(await stateOf(held)).toMatchObject({
      state: 'skipped',
      reason: 'Somebody pinned the device meanwhile; the plan leaves pinned devices alone',
    })
    await obey()
    await soak()
    expect(toldThere(waiting[1] ?? '')).toBe(two)
    await act(id, 'roll-back')
    await on.look()
    for (const uuid of on.source.uuids)
      expect(on.source.deviceNow(uuid).pin).toBe([taken, held].includes(uuid) ? uuidOf('1.5.0') : null)
    expect(on.source.fleetNow(pumps).target).toEqual({ kind: 'pinned', commit: one })
    await obey()
    expect((await read(id)).state).toBe('rolled-back')
  })

  test('rolling back gives every device the pin back that it had', async () => {
    on.source.changeDevice(uuidOf('pump 1'), { pin: one })
    await on.look()
    const id = await start([phase(100)], { pinnedDevices: [uuidOf('pump 1')] })
    expect(on.source.uuids.map(toldThere)).toEqual([two, two, two, two])
    await act(id, 'roll-back')
    expect(on.source.pinsNow()).toEqual([one, null, null, null])
    expect(on.source.fleetNow(pumps).target).toEqual({ kind: 'pinned', commit: one })
  })

  test('aborting offers nothing more and leaves what was done', async () => {
    const id = await start([phase(50), phase(100)])
    await act(id, 'abort')
    await obey()
    await soak()
    expect(on.source.pinsNow().filter((held) => held === two)).toHaveLength(2)
    expect(on.source.fleetTargets).toEqual([])
  })

  test('a gateway that starts again in the middle of a rollout goes on with it', async () => {
    const id = await start([phase(50), phase(100)])
    await on.stop()
    await on.start()
    await obey()
    await soak()
    await on.stop()
    await on.start()
    await obey()
    await soak()
    expect((await read(id)).state).toBe('completed')
    expect(on.source.pinsNow()).toEqual([null, null, null, null])
    // Two pins are set, and go when the fleet has its target.
    expect(on.source.pinBatches.map((batch) => batch.length)).toEqual([2, 2])
    expect(on.source.fleetTargets).toHaveLength(1)
  })
})
