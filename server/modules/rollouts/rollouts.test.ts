import { expect, test } from 'vitest'
import { defaultRolloutPlan } from '#contract/rollout-plan'
import { describeOnStores } from '../../testing/databases.ts'
import { rolloutScene } from '../../testing/rollout-scene.ts'
import { Scene, type SceneDevice } from '../../testing/scene.ts'

describeOnStores('rollouts', ({ open }) => {
  const on = rolloutScene(open)

  test('a preview says who, how many and how many bytes, and changes nothing', async () => {
    await on.pin(on.devices[0], on.old.id)
    const silent = await on.scene.devices(on.fleet, 2, { isSilent: true })
    const preview = await on.scene.admin.ok('previewRollout', {
      ...on.fleetParams(),
      body: { releaseId: on.next.id },
    })
    const { estimate, ...rest } = preview
    expect(estimate.minimumMinutes).toBe(0.5)
    expect(estimate.basis).toContain('0.5 minutes of soak in 1 phase')
    expect(rest).toEqual({
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
      phases: [
        {
          name: 'Everyone',
          isControl: false,
          devices: 4,
          offline: 2,
          estimatedBytes: 2 * 300 + 2 * 1300,
        },
      ],
      incompatibleDevices: [],
      offlineDevices: silent.map((device) => ({
        uuid: device.uuid,
        name: `device ${String(device.id).padStart(4, '0')}`,
        reason: 'Never heard so far',
      })),
      pinnedDevices: [expect.objectContaining({ uuid: on.devices[0]?.uuid, reason: 'Pinned to 1.0.0' })],
      unknownZones: 0,
      unknownZoneDevices: [],
    })
    expect(await on.targets()).toEqual([on.old.id, on.old.id, on.old.id])
    expect((await on.scene.admin.ok('listRollouts', { query: { fleetId: on.fleet.id } })).rows).toEqual([])
  })

  test('what devices took in a former rollout is what the next one is expected to take', async () => {
    const id = await on.start()
    on.scene.app.clock.advance(3 * 60_000)
    await on.finish(id)
    const after = await on.scene.release(on.fleet.id, '3.0.0')
    const { estimate } = await on.scene.admin.ok('previewRollout', {
      ...on.fleetParams(),
      body: { releaseId: after.id },
    })
    expect(estimate.minimumMinutes).toBe(3.5)
    expect(estimate.basis).toContain('3 minutes an update, the median of 3 devices in former rollouts')
  })

  test('an image that declared no layers counts whole', async () => {
    const bare = await on.scene.release(on.fleet.id, '2.1.0', {
      images: { main: { sizeBytes: 700, layers: [] } },
    })
    const preview = await on.scene.admin.ok('previewRollout', {
      ...on.fleetParams(),
      body: { releaseId: bare.id },
    })
    expect(preview).toMatchObject({ estimatedBytes: 3 * 700, fullBytes: 3 * 700 })
  })

  test('devices are offered the release, followed, and the fleet follows at the end', async () => {
    const id = await on.start()
    expect(await on.targets()).toEqual([on.next.id, on.next.id, on.next.id])
    await on.devices[0]?.reports(on.next, 'downloading', 40)
    await on.devices[1]?.reports(on.next, 'applying changes')
    const page = await on.scene.admin.ok('listRolloutDevices', { params: { rolloutId: id } })
    const stateOf = (device: SceneDevice | undefined) => page.rows.find((row) => row.uuid === device?.uuid)
    expect(stateOf(on.devices[0])).toMatchObject({ state: 'downloading', percent: 40 })
    expect(stateOf(on.devices[1])).toMatchObject({ state: 'installing' })
    expect(stateOf(on.devices[2])).toMatchObject({ state: 'offered', previousRelease: { id: on.old.id } })
    await on.devices[0]?.runs(on.next)
    expect((await on.read(id)).counts).toMatchObject({ verifying: 1, installing: 1, offered: 1 })
    await on.finish(id)
    const done = await on.read(id)
    expect(done.counts.succeeded).toBe(3)
    expect(done.bytes).toMatchObject({ sentBytes: 900, fullBytes: 3900, estimatedDevices: 3 })
    expect(done.samples.at(-1)?.counts.succeeded).toBe(3)
    expect(await on.policy()).toEqual({ kind: 'pinned', releaseId: on.next.id })
    expect(await on.audited(id)).toEqual([
      'rollout.completed',
      'rollout.phase-passed',
      'rollout.phase-opened',
      'rollout.start',
    ])
  })

  test('a device that tells its bytes is believed rather than the estimate', async () => {
    const id = await on.start()
    const device = on.devices[0]
    const answer = await on.scene.app.app.inject({
      method: 'PATCH',
      url: '/device/v3/tags',
      headers: { authorization: `Bearer ${device?.key ?? ''}` },
      payload: {
        [device?.uuid ?? '']: {
          'update.commit': on.next.commit,
          'update.bytes': '12',
          'update.full-bytes': '1300',
          'update.mode': 'delta',
        },
      },
    })
    expect(answer.statusCode).toBe(200)
    await on.finish(id)
    expect((await on.read(id)).bytes).toMatchObject({
      sentBytes: 612,
      reportedDevices: 1,
      estimatedDevices: 2,
    })
  })

  test('never more devices update at once than the plan allows; pause offers nothing new, resume goes on', async () => {
    const id = await on.start({ plan: { ...defaultRolloutPlan, maxUpdating: 1 } })
    const offered = async () => (await on.targets()).filter((target) => target === on.next.id).length
    expect(await offered()).toBe(1)
    await on.act(id, 'pause')
    const first = on.devices.find((_device, index) => index === 0)
    expect(first).toBeDefined()
    for (const device of on.devices) if ((await device.target()) === on.next.id) await device.runs(on.next)
    await on.soak()
    expect((await on.read(id)).counts).toMatchObject({ succeeded: 1, waiting: 2 })
    expect(await offered()).toBe(1)
    await on.act(id, 'resume')
    expect(await offered()).toBe(2)
    expect(await on.audited(id)).toEqual([
      'rollout.resume',
      'rollout.pause',
      'rollout.phase-opened',
      'rollout.start',
    ])
  })

  test('a filter narrows a rollout, and then the fleet keeps its own target', async () => {
    await on.scene.admin.ok('setDeviceTag', {
      params: { uuid: on.devices[0]?.uuid ?? '', key: 'site' },
      body: { value: 'north' },
    })
    const id = await on.start({ filter: { tag: ['site:north'] } })
    expect(await on.targets()).toEqual([on.next.id, on.old.id, on.old.id])
    await on.devices[0]?.runs(on.next)
    await on.soak()
    expect(await on.read(id)).toMatchObject({ state: 'completed', total: 1 })
    expect(await on.policy()).toEqual({ kind: 'pinned', releaseId: on.old.id })
  })

  test('a device that cannot be heard is owed the release until it comes back', async () => {
    const [silent] = await on.scene.devices(on.fleet, 1, { isSilent: true })
    const id = await on.start()
    for (const device of on.devices) await device.runs(on.next)
    await on.soak()
    expect(await on.read(id)).toMatchObject({ state: 'running', counts: { succeeded: 3, offline: 1 } })
    expect(await silent?.target()).toBe(on.old.id)
    await silent?.poll()
    await on.scene.settled()
    expect(await silent?.target()).toBe(on.next.id)
    await silent?.runs(on.next)
    await on.soak(silent ? [silent] : [])
    expect((await on.read(id)).state).toBe('completed')
  })

  test('a device that is not heard after its soak has not succeeded, and fails nobody by the clock', async () => {
    const id = await on.start({ plan: { ...defaultRolloutPlan, deviceDeadlineMinutes: 1 } })
    const [heard, unheard, loading] = on.devices
    await heard?.runs(on.next)
    await unheard?.runs(on.next)
    await loading?.reports(on.next, 'downloading', 10)
    await on.soak(heard ? [heard] : [])
    expect((await on.read(id)).counts).toMatchObject({ succeeded: 1, verifying: 1, downloading: 1 })
    // Long after: nothing was heard since, as while the gateway itself was down.
    on.scene.app.clock.advance(10 * 60_000)
    await on.scene.app.rollouts.tick()
    expect((await on.read(id)).counts).toMatchObject({ succeeded: 1, verifying: 1, downloading: 1 })
    await unheard?.poll()
    await loading?.poll()
    // Whoever waits to be heard is looked at once a minute at the latest.
    on.scene.app.clock.advance(60_000)
    await on.scene.app.rollouts.tick()
    expect((await on.read(id)).counts).toMatchObject({ succeeded: 2, failed: 1 })
  })

  test('what a rollout cannot do is said: releases of others, failed ones, nobody to update', async () => {
    const elsewhere = await on.scene.fleet()
    const foreign = await on.scene.release(elsewhere.id, '1.0.0')
    const bad = await on.scene.release(on.fleet.id, '9.0.0', { isDraft: true })
    await on.scene.admin.ok('updateRelease', { params: { releaseId: bad.id }, body: { status: 'failed' } })
    for (const releaseId of [foreign.id, bad.id, 999_999]) {
      const refusal = await on.scene.admin.refused('createRollout', 400, {
        ...on.fleetParams(),
        body: { releaseId },
      })
      expect(refusal.errors?.[0]?.field).toBe('body.releaseId')
    }
    const refusal = await on.scene.admin.refused('createRollout', 409, {
      ...on.fleetParams(),
      body: { releaseId: on.old.id },
    })
    expect(refusal.code).toBe('nothing-to-update')
  })

  test('devices it does not fit are counted and never offered', async () => {
    const narrow = await on.scene.release(on.fleet.id, '4.0.0', { deviceTypes: ['raspberrypi5'] })
    const [other] = await on.scene.devices(on.fleet, 1, { deviceType: 'raspberrypi5' })
    const preview = await on.scene.admin.ok('previewRollout', {
      ...on.fleetParams(),
      body: { releaseId: narrow.id },
    })
    expect(preview).toMatchObject({
      willUpdate: 1,
      incompatible: [{ deviceType: 'raspberrypi4-64', count: 3 }],
      incompatibleDevices: on.devices.map(({ uuid }) => ({
        uuid,
        reason: 'The release has no images for this device type, raspberrypi4-64',
      })),
    })
    const id = await on.start({}, narrow.id)
    expect(await on.targets()).toEqual([on.old.id, on.old.id, on.old.id])
    expect(await other?.target()).toBe(narrow.id)
    expect((await on.read(id)).counts).toMatchObject({ skipped: 3, offered: 1 })
  })

  test('a gateway that starts again half-way goes on where it was', async () => {
    const id = await on.start({ plan: { ...defaultRolloutPlan, maxUpdating: 2 } })
    await on.devices[0]?.reports(on.next, 'downloading', 10)
    const second = await Scene.open({ database: on.database, clock: on.scene.app.clock })
    const soakHeard = async () => {
      await second.app.deviceApi.flush()
      await second.app.rollouts.idle()
      on.scene.app.clock.advance(30_000)
      for (const device of on.devices) {
        const heard = await second.app.app.inject({
          url: `/device/v3/${device.uuid}/state`,
          headers: { authorization: `Bearer ${device.key}` },
        })
        expect(heard.statusCode).toBe(200)
      }
      await second.app.deviceApi.flush()
      await second.app.rollouts.tick()
    }
    try {
      // The first gateway's runner no longer hears of anything: only the second one steps the rollout.
      await second.app.rollouts.start()
      for (const device of on.devices) {
        const answer = await second.app.app.inject({
          method: 'PATCH',
          url: '/device/v3/state',
          headers: { authorization: `Bearer ${device.key}` },
          payload: {
            [device.uuid]: {
              apps: {
                [on.fleet.uuid]: {
                  release_uuid: on.next.commit,
                  releases: {
                    [on.next.commit]: {
                      update_status: 'done',
                      services: { main: { image: on.next.services[0]?.image, status: 'Running' } },
                    },
                  },
                },
              },
            },
          },
        })
        expect(answer.statusCode).toBe(200)
        await soakHeard()
      }
      // A step that looked between the end of a soak and the poll looks again later.
      await soakHeard()
      expect(await on.read(id)).toMatchObject({ state: 'completed', counts: { succeeded: 3 } })
    } finally {
      await second.close()
    }
  })

  test('the devices of a rollout are paged without a gap or a double', async () => {
    const id = await on.start()
    const seen: string[] = []
    let after: string | undefined
    do {
      const page = await on.scene.admin.ok('listRolloutDevices', {
        params: { rolloutId: id },
        query: { limit: 1, after },
      })
      expect(page.total).toBe(3)
      seen.push(...page.rows.map((row) => row.uuid))
      after = page.next ?? undefined
    } while (after !== undefined)
    expect(seen.sort()).toEqual(on.devices.map((device) => device.uuid).sort())
    await on.scene.admin.refused('listRolloutDevices', 404, { params: { rolloutId: 999_999 } })
    await on.scene.admin.refused('listRolloutDevices', 400, {
      params: { rolloutId: id },
      query: { after: 'x' },
    })
  })
})
