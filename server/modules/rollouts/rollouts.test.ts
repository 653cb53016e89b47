import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest'
import type { FleetSummary } from '#contract/fleet'
import type { ReleaseDetail } from '#contract/release'
import { defaultRolloutPlan, type RolloutDetail, type RolloutVerb } from '#contract/rollout'
import type { Database } from '../../platform/db/database.ts'
import { testDatabases } from '../../testing/databases.ts'
import { imageOf, Scene, type SceneDevice } from '../../testing/scene.ts'

const SOAK_MS = 30_000

describe.each(testDatabases())('rollouts on $name', ({ isMissing, open }) => {
  if (isMissing) return test('needs TEST_DATABASE_URL', ({ skip }) => skip())
  let database: Database
  let scene: Scene
  let fleet: FleetSummary
  let old: ReleaseDetail
  let next: ReleaseDetail
  let devices: SceneDevice[]
  beforeAll(async () => {
    database = await open()
    scene = await Scene.on(database)
  })
  afterAll(async () => {
    await scene.close()
    await database.close()
  })
  beforeEach(async () => {
    fleet = await scene.fleet()
    old = await scene.release(fleet.id, '1.0.0', { images: { main: imageOf({ base: 1000, one: 100 }) } })
    await scene.admin.ok('updateFleet', {
      params: { fleetId: fleet.id },
      body: { policy: { kind: 'pinned', releaseId: old.id } },
    })
    next = await scene.release(fleet.id, '2.0.0', { images: { main: imageOf({ base: 1000, two: 300 }) } })
    devices = await scene.devices(fleet, 3)
    for (const device of devices) await device.runs(old)
  })

  const fleetParams = () => ({ params: { fleetId: fleet.id } })
  const start = async (more: Record<string, unknown> = {}, releaseId = next.id): Promise<number> => {
    const { id } = await scene.admin.ok('createRollout', {
      ...fleetParams(),
      body: { releaseId, ...more },
    })
    await scene.settled()
    return id
  }
  const read = async (rolloutId: number): Promise<RolloutDetail> =>
    (await scene.admin.ok('getRollout', { params: { rolloutId } })).rollout
  const act = async (rolloutId: number, verb: RolloutVerb) => {
    const answer = await scene.admin.ok('actOnRollout', { params: { rolloutId, verb }, body: {} })
    await scene.settled()
    return answer
  }
  const soak = async () => {
    scene.app.clock.advance(SOAK_MS)
    await scene.app.rollouts.tick()
  }
  const finish = async (rolloutId: number, release = next) => {
    for (const device of devices) await device.runs(release)
    await soak()
    expect((await read(rolloutId)).state).toBe('completed')
  }
  const targets = () => Promise.all(devices.map((device) => device.target()))
  const policy = async () => (await scene.admin.ok('getFleet', fleetParams())).fleet.policy
  const pin = (device: SceneDevice | undefined, releaseId: number | null) =>
    scene.admin.ok('pinDevice', { params: { uuid: device?.uuid ?? '' }, body: { releaseId } })
  const audited = async (rolloutId: number) => (await read(rolloutId)).timeline.map((entry) => entry.action)

  test('a preview says who, how many and how many bytes, and changes nothing', async () => {
    await pin(devices[0], old.id)
    await scene.devices(fleet, 2, { isSilent: true })
    const preview = await scene.admin.ok('previewRollout', { ...fleetParams(), body: { releaseId: next.id } })
    expect(preview).toEqual({
      total: 5,
      willUpdate: 4,
      alreadyRunning: 0,
      pinned: 1,
      incompatible: [],
      offline: 2,
      // Two run the old release and lack one layer; two have nothing yet.
      estimatedBytes: 2 * 300 + 2 * 1300,
      fullBytes: 4 * 1300,
      conflict: null,
    })
    expect(await targets()).toEqual([old.id, old.id, old.id])
    expect((await scene.admin.ok('listRollouts', { query: { fleetId: fleet.id } })).rows).toEqual([])
  })

  test('an image that declared no layers counts whole', async () => {
    const bare = await scene.release(fleet.id, '2.1.0', { images: { main: { sizeBytes: 700, layers: [] } } })
    const preview = await scene.admin.ok('previewRollout', { ...fleetParams(), body: { releaseId: bare.id } })
    expect(preview).toMatchObject({ estimatedBytes: 3 * 700, fullBytes: 3 * 700 })
  })

  test('devices are offered the release, followed, and the fleet follows at the end', async () => {
    const id = await start()
    expect(await targets()).toEqual([next.id, next.id, next.id])
    await devices[0]?.reports(next, 'downloading', 40)
    await devices[1]?.reports(next, 'applying changes')
    const page = await scene.admin.ok('listRolloutDevices', { params: { rolloutId: id } })
    const stateOf = (device: SceneDevice | undefined) => page.rows.find((row) => row.uuid === device?.uuid)
    expect(stateOf(devices[0])).toMatchObject({ state: 'downloading', percent: 40 })
    expect(stateOf(devices[1])).toMatchObject({ state: 'installing' })
    expect(stateOf(devices[2])).toMatchObject({ state: 'offered', previousRelease: { id: old.id } })
    await devices[0]?.runs(next)
    expect((await read(id)).counts).toMatchObject({ verifying: 1, installing: 1, offered: 1 })
    await finish(id)
    const done = await read(id)
    expect(done.counts.succeeded).toBe(3)
    expect(done.bytes).toMatchObject({ sentBytes: 900, fullBytes: 3900, estimatedDevices: 3 })
    expect(done.samples.at(-1)?.counts.succeeded).toBe(3)
    expect(await policy()).toEqual({ kind: 'pinned', releaseId: next.id })
    expect(await audited(id)).toEqual(['rollout.completed', 'rollout.start'])
  })

  test('a device that tells its bytes is believed rather than the estimate', async () => {
    const id = await start()
    const device = devices[0]
    const answer = await scene.app.app.inject({
      method: 'PATCH',
      url: '/device/v3/tags',
      headers: { authorization: `Bearer ${device?.key ?? ''}` },
      payload: {
        [device?.uuid ?? '']: {
          'update.commit': next.commit,
          'update.bytes': '12',
          'update.full-bytes': '1300',
          'update.mode': 'delta',
        },
      },
    })
    expect(answer.statusCode).toBe(200)
    await finish(id)
    expect((await read(id)).bytes).toMatchObject({
      sentBytes: 612,
      reportedDevices: 1,
      estimatedDevices: 2,
    })
  })

  test('never more devices update at once than the plan allows; pause offers nothing new, resume goes on', async () => {
    const id = await start({ plan: { ...defaultRolloutPlan, maxUpdating: 1 } })
    const offered = async () => (await targets()).filter((target) => target === next.id).length
    expect(await offered()).toBe(1)
    await act(id, 'pause')
    const first = devices.find((_device, index) => index === 0)
    expect(first).toBeDefined()
    for (const device of devices) if ((await device.target()) === next.id) await device.runs(next)
    await soak()
    expect((await read(id)).counts).toMatchObject({ succeeded: 1, waiting: 2 })
    expect(await offered()).toBe(1)
    await act(id, 'resume')
    expect(await offered()).toBe(2)
    expect(await audited(id)).toEqual(['rollout.resume', 'rollout.pause', 'rollout.start'])
  })

  test('a verb said twice has one effect and one entry', async () => {
    const id = await start()
    for (const verb of ['pause', 'resume', 'abort', 'roll-back'] as const) {
      expect((await act(id, verb)).hadEffect).toBe(true)
      expect((await act(id, verb)).hadEffect).toBe(false)
    }
    expect((await act(id, 'roll-back')).hadEffect).toBe(false)
    const refusal = await scene.admin.refused('actOnRollout', 409, {
      params: { rolloutId: id, verb: 'pause' },
      body: {},
    })
    expect(refusal).toMatchObject({ code: 'rollout-state' })
    expect((await audited(id)).filter((action) => action === 'rollout.pause')).toHaveLength(1)
  })

  test('two operators who click at once get one effect', async () => {
    const id = await start()
    const answers = await Promise.all([act(id, 'pause'), act(id, 'pause'), act(id, 'pause')])
    expect(answers.filter((answer) => answer.hadEffect)).toHaveLength(1)
  })

  test('an abort leaves what was offered and skips the rest, and is watched to its end', async () => {
    const id = await start({ plan: { ...defaultRolloutPlan, maxUpdating: 1 } })
    await act(id, 'abort')
    expect((await read(id)).counts).toMatchObject({ offered: 1, skipped: 2 })
    for (const device of devices) if ((await device.target()) === next.id) await device.runs(next)
    await soak()
    expect((await read(id)).counts).toMatchObject({ succeeded: 1, skipped: 2 })
    expect(await policy()).toEqual({ kind: 'pinned', releaseId: old.id })
  })

  test('a failed device is named with its reason and retried; nothing to retry is nothing done', async () => {
    const id = await start()
    await devices[0]?.reports(next, 'rejected')
    const failed = await read(id)
    expect(failed.failures).toEqual([
      expect.objectContaining({ count: 1, examples: [expect.objectContaining({ uuid: devices[0]?.uuid })] }),
    ])
    expect((await act(id, 'retry-failed')).counts.failed).toBe(0)
    expect((await act(id, 'retry-failed')).hadEffect).toBe(false)
    await finish(id)
    expect((await act(id, 'retry-failed')).state).toBe('completed')
  })

  test('roll back gives every touched device exactly what it had: pin, tracking or nothing', async () => {
    await pin(devices[0], old.id)
    const id = await start({ plan: { ...defaultRolloutPlan, includesPinned: true } })
    const newcomer = (await scene.devices(fleet, 1))[0]
    await finish(id)
    expect(await newcomer?.target()).toBe(next.id)
    await act(id, 'roll-back')
    expect(await targets()).toEqual([old.id, old.id, old.id])
    expect((await devices[0]?.row())?.pinned_release_id).toBe(old.id)
    expect((await devices[1]?.row())?.pinned_release_id).toBeNull()
    expect((await devices[1]?.row())?.assigned_release_id).toBeNull()
    expect(await newcomer?.target()).toBe(old.id)
    expect(await policy()).toEqual({ kind: 'pinned', releaseId: old.id })
    expect((await read(id)).state).toBe('rolling-back')
    for (const device of devices) await device.runs(old)
    const back = await read(id)
    expect(back.state).toBe('rolled-back')
    expect(back.counts['rolled-back']).toBe(3)
  })

  test('roll back of the first release a fleet ever had leaves its devices without a target', async () => {
    const empty = await scene.fleet()
    const draft = await scene.release(empty.id, '0.1.0', { isDraft: true })
    const [first] = await scene.devices(empty, 1)
    const rollout = await scene.admin.ok('createRollout', {
      params: { fleetId: empty.id },
      body: { releaseId: draft.id },
    })
    await scene.settled()
    expect(await first?.target()).toBe(draft.id)
    await act(rollout.id, 'roll-back')
    expect(await first?.target()).toBeNull()
    expect((await scene.admin.ok('getFleet', { params: { fleetId: empty.id } })).fleet.policy).toEqual({
      kind: 'track-latest',
    })
    expect((await read(rollout.id)).state).toBe('rolled-back')
  })

  test('roll back respects what somebody gave a device meanwhile', async () => {
    const id = await start()
    const other = await scene.release(fleet.id, '1.5.0')
    await finish(id)
    await pin(devices[0], other.id)
    await act(id, 'roll-back')
    expect(await targets()).toEqual([other.id, old.id, old.id])
  })

  test('one rollout at a time owns a device: another is refused by name and number', async () => {
    const id = await start()
    await devices[0]?.runs(next)
    await soak()
    const third = await scene.release(fleet.id, '3.0.0')
    const refusal = await scene.admin.refused('createRollout', 409, {
      ...fleetParams(),
      body: { releaseId: third.id },
    })
    expect(refusal.code).toBe('rollout-conflict')
    expect(refusal.detail).toContain(`Rollout ${id} still owns 2 devices`)
    const preview = await scene.admin.ok('previewRollout', {
      ...fleetParams(),
      body: { releaseId: third.id },
    })
    expect(preview.conflict).toEqual({ rolloutId: id, devices: 2 })
    // The one that is done is free.
    await start({ filter: { q: devices[0]?.uuid } }, third.id)
    expect(await devices[0]?.target()).toBe(third.id)
    // And the first rollout can no longer take it back from under the other.
    expect(
      await scene.admin.refused('actOnRollout', 409, {
        params: { rolloutId: id, verb: 'roll-back' },
        body: {},
      }),
    ).toMatchObject({ code: 'rollout-conflict' })
  })

  test('a filter narrows a rollout, and then the fleet keeps its own target', async () => {
    await scene.admin.ok('setDeviceTag', {
      params: { uuid: devices[0]?.uuid ?? '', key: 'site' },
      body: { value: 'north' },
    })
    const id = await start({ filter: { tag: ['site:north'] } })
    expect(await targets()).toEqual([next.id, old.id, old.id])
    await devices[0]?.runs(next)
    await soak()
    expect(await read(id)).toMatchObject({ state: 'completed', total: 1 })
    expect(await policy()).toEqual({ kind: 'pinned', releaseId: old.id })
  })

  test('a policy somebody sets while a rollout runs is theirs', async () => {
    const other = await scene.release(fleet.id, '1.5.0')
    const id = await start()
    await scene.admin.ok('updateFleet', {
      ...fleetParams(),
      body: { policy: { kind: 'pinned', releaseId: other.id } },
    })
    await finish(id)
    expect(await policy()).toEqual({ kind: 'pinned', releaseId: other.id })
  })

  test('a device that cannot be heard is owed the release until it comes back', async () => {
    const [silent] = await scene.devices(fleet, 1, { isSilent: true })
    const id = await start()
    for (const device of devices) await device.runs(next)
    await soak()
    expect(await read(id)).toMatchObject({ state: 'running', counts: { succeeded: 3, offline: 1 } })
    expect(await silent?.target()).toBe(old.id)
    await silent?.poll()
    await scene.settled()
    expect(await silent?.target()).toBe(next.id)
    await silent?.runs(next)
    await soak()
    expect((await read(id)).state).toBe('completed')
  })

  test('what a rollout cannot do is said: releases of others, failed ones, nobody to update', async () => {
    const elsewhere = await scene.fleet()
    const foreign = await scene.release(elsewhere.id, '1.0.0')
    const bad = await scene.release(fleet.id, '9.0.0', { isDraft: true })
    await scene.admin.ok('updateRelease', { params: { releaseId: bad.id }, body: { status: 'failed' } })
    for (const releaseId of [foreign.id, bad.id, 999_999]) {
      const refusal = await scene.admin.refused('createRollout', 400, {
        ...fleetParams(),
        body: { releaseId },
      })
      expect(refusal.errors?.[0]?.field).toBe('body.releaseId')
    }
    const refusal = await scene.admin.refused('createRollout', 409, {
      ...fleetParams(),
      body: { releaseId: old.id },
    })
    expect(refusal.code).toBe('nothing-to-update')
  })

  test('devices it does not fit are counted and never offered', async () => {
    const narrow = await scene.release(fleet.id, '4.0.0', { deviceTypes: ['raspberrypi5'] })
    const [other] = await scene.devices(fleet, 1, { deviceType: 'raspberrypi5' })
    const preview = await scene.admin.ok('previewRollout', {
      ...fleetParams(),
      body: { releaseId: narrow.id },
    })
    expect(preview).toMatchObject({
      willUpdate: 1,
      incompatible: [{ deviceType: 'raspberrypi4-64', count: 3 }],
    })
    const id = await start({}, narrow.id)
    expect(await targets()).toEqual([old.id, old.id, old.id])
    expect(await other?.target()).toBe(narrow.id)
    expect((await read(id)).counts).toMatchObject({ skipped: 3, offered: 1 })
  })

  test('a gateway that starts again half-way goes on where it was', async () => {
    const id = await start({ plan: { ...defaultRolloutPlan, maxUpdating: 2 } })
    await devices[0]?.reports(next, 'downloading', 10)
    const second = await Scene.open({ database, clock: scene.app.clock })
    try {
      // The first gateway's runner no longer hears of anything: only the second one steps the rollout.
      await second.app.rollouts.start()
      for (const device of devices) {
        const answer = await second.app.app.inject({
          method: 'PATCH',
          url: '/device/v3/state',
          headers: { authorization: `Bearer ${device.key}` },
          payload: {
            [device.uuid]: {
              apps: {
                [fleet.uuid]: {
                  release_uuid: next.commit,
                  releases: {
                    [next.commit]: {
                      update_status: 'done',
                      services: { main: { image: next.services[0]?.image, status: 'Running' } },
                    },
                  },
                },
              },
            },
          },
        })
        expect(answer.statusCode).toBe(200)
        await second.app.rollouts.idle()
        scene.app.clock.advance(SOAK_MS)
        await second.app.rollouts.tick()
      }
      expect(await read(id)).toMatchObject({ state: 'completed', counts: { succeeded: 3 } })
    } finally {
      await second.close()
    }
  })

  test('the devices of a rollout are paged without a gap or a double', async () => {
    const id = await start()
    const seen: string[] = []
    let after: string | undefined
    do {
      const page = await scene.admin.ok('listRolloutDevices', {
        params: { rolloutId: id },
        query: { limit: 1, after },
      })
      expect(page.total).toBe(3)
      seen.push(...page.rows.map((row) => row.uuid))
      after = page.next ?? undefined
    } while (after !== undefined)
    expect(seen.sort()).toEqual(devices.map((device) => device.uuid).sort())
    await scene.admin.refused('listRolloutDevices', 404, { params: { rolloutId: 999_999 } })
    await scene.admin.refused('listRolloutDevices', 400, { params: { rolloutId: id }, query: { after: 'x' } })
  })
})
