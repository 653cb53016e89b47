import { expect, test } from 'vitest'
import { defaultRolloutPlan } from '#contract/rollout-plan'
import { describeOnStores } from '../../testing/databases.ts'
import { rolloutScene } from '../../testing/rollout-scene.ts'
import type { SceneDevice } from '../../testing/scene.ts'

const OLD = 'balenaOS 6.4.0'
const NEW = 'balenaOS 6.5.3'
const osVersion = '6.5.3'

describeOnStores('host OS rollouts', ({ open }) => {
  const on = rolloutScene(open)

  const tell = async (device: SceneDevice | undefined, tags: Record<string, string>) => {
    const answer = await on.scene.app.app.inject({
      method: 'PATCH',
      url: '/device/v3/tags',
      headers: { authorization: `Bearer ${device?.key ?? ''}` },
      payload: { [device?.uuid ?? '']: tags },
    })
    expect(answer.statusCode, answer.body).toBe(200)
    await on.scene.settled()
  }
  const runs = async (version: string, devices: (SceneDevice | undefined)[] = on.devices) => {
    for (const device of devices) await device?.report({ os_version: version })
  }
  const osTargets = () =>
    Promise.all(on.devices.map(async (device) => (await device.row()).target_os_version))
  const start = async (more: Record<string, unknown> = {}) => {
    const { id } = await on.scene.admin.ok('createRollout', {
      ...on.fleetParams(),
      body: { osVersion, ...more },
    })
    await on.scene.settled()
    return id
  }
  const stateOf = async (id: number, device: SceneDevice | undefined) => {
    const page = await on.scene.admin.ok('listRolloutDevices', { params: { rolloutId: id } })
    return page.rows.find((row) => row.uuid === device?.uuid)
  }

  test('a device is followed through its slots, soaks once it is out of its trial, and the release stays', async () => {
    await runs(OLD)
    const id = await start()
    expect(await osTargets()).toEqual([osVersion, osVersion, osVersion])
    expect(await on.targets()).toEqual([on.old.id, on.old.id, on.old.id])
    const [device] = on.devices
    await tell(device, { 'hostos.phase': 'downloading', 'hostos.percent': '40' })
    expect(await stateOf(id, device)).toMatchObject({ state: 'downloading', percent: 40 })
    await tell(device, { 'hostos.phase': 'writing inactive' })
    expect(await stateOf(id, device)).toMatchObject({ state: 'installing', percent: null })
    await tell(device, { 'hostos.phase': 'rebooting' })
    expect(await stateOf(id, device)).toMatchObject({ state: 'rebooting', previousOsVersion: '6.4.0' })
    await tell(device, { 'hostos.phase': 'trial' })
    await runs(NEW, [device])
    await on.soak()
    expect(await stateOf(id, device)).toMatchObject({ state: 'verifying' })
    await tell(device, { 'hostos.phase': 'committed' })
    await on.soak()
    expect(await stateOf(id, device)).toMatchObject({ state: 'succeeded' })
    await runs(NEW)
    await on.soak()
    const done = await on.read(id)
    expect(done).toMatchObject({
      state: 'completed',
      target: { kind: 'host-os', osVersion },
      previousReleases: [],
      previousOsVersions: [{ osVersion: '6.4.0', count: 3 }],
    })
    expect(done.bytes).toMatchObject({ sentBytes: 0, remainingBytes: null })
    expect(await on.policy()).toEqual({ kind: 'pinned', releaseId: on.old.id })
    expect(done.timeline.at(-1)?.summary).toMatch(/host OS 6\.5\.3 to 3 devices/)
  })

  test('a device that boots its old slot again is rolled back, a failure for the gate, and told what it was told', async () => {
    await runs(OLD)
    const id = await start()
    const [bad, ...good] = on.devices
    await tell(bad, { 'hostos.phase': 'rebooting', 'hostos.rollback': '' })
    on.scene.app.clock.advance(1_000)
    await tell(bad, {
      'hostos.phase': 'rolled back',
      'hostos.rollback': 'balenaOS 6.5.3 did not boot; runs 6.4.0 again',
    })
    expect(await stateOf(id, bad)).toMatchObject({
      state: 'rolled-back',
      reason: 'Rolled back by the device: balenaOS 6.5.3 did not boot; runs 6.4.0 again',
    })
    expect(await osTargets()).toEqual([null, osVersion, osVersion])
    await runs(NEW, good)
    await on.soak()
    const halted = await on.read(id)
    expect(halted).toMatchObject({ state: 'paused', counts: { 'rolled-back': 1 } })
    expect(halted.counts.succeeded).toBeLessThanOrEqual(2)
    expect(halted.haltReason).toMatch(/1 of 3 .*failed.*1 of them went back by itself/)
    expect(halted.failures).toEqual([expect.objectContaining({ count: 1 })])
    // Asked again by a person it gets the version once more, and what it said before does not count.
    on.scene.app.clock.advance(1_000)
    await on.act(id, 'retry-failed')
    await on.act(id, 'resume')
    expect(await osTargets()).toEqual([osVersion, osVersion, osVersion])
    expect((await on.read(id)).counts).toMatchObject({ 'rolled-back': 0, offered: 1 })
    await runs(NEW, [bad])
    await on.soak()
    expect(await on.read(id)).toMatchObject({ state: 'completed', counts: { succeeded: 3 } })
  })

  test('a device without slot tags that had the new version and runs the old one again has gone back', async () => {
    await runs(OLD)
    const id = await start()
    await runs(NEW, on.devices.slice(0, 1))
    expect(await stateOf(id, on.devices[0])).toMatchObject({ state: 'verifying' })
    await runs(OLD, on.devices.slice(0, 1))
    expect(await stateOf(id, on.devices[0])).toMatchObject({
      state: 'rolled-back',
      reason: 'Rolled back by the device: it runs host OS 6.4.0 again',
    })
  })

  test('rolling back leads each device to what it ran, then gives it exactly the target it had', async () => {
    await runs(OLD)
    const set = (device: SceneDevice | undefined, target: string) =>
      on.scene.app.db
        .updateTable('device')
        .set({ target_os_version: target })
        .where('id', '=', device?.id ?? 0)
        .execute()
    await set(on.devices[0], '6.4.0')
    const id = await start()
    await runs(NEW, on.devices.slice(0, 2))
    await on.soak()
    await set(on.devices[2], '7.0.0')
    await on.act(id, 'roll-back')
    // The second had no target: it is led back by one, which then goes; somebody gave the third one of its own.
    expect(await osTargets()).toEqual(['6.4.0', '6.4.0', '7.0.0'])
    expect((await on.read(id)).state).toBe('rolling-back')
    await runs(OLD)
    expect(await on.read(id)).toMatchObject({ state: 'rolled-back', counts: { 'rolled-back': 3 } })
    expect(await osTargets()).toEqual(['6.4.0', null, '7.0.0'])
  })

  test('a trip leads those back too that succeed in the very step that trips', async () => {
    await runs(OLD)
    const gates = { ...defaultRolloutPlan.gates, maxFailurePercent: null, onTrip: 'roll-back' }
    const id = await start({ plan: { ...defaultRolloutPlan, gates } })
    const [bad, ...good] = on.devices
    await runs(NEW)
    await runs(OLD, [bad])
    await on.soak()
    const turned = await on.read(id)
    expect(turned.state).toBe('rolling-back')
    expect(turned.haltReason).toMatch(/2 of 3 reachable devices succeeded/)
    expect(await osTargets()).toEqual([null, '6.4.0', '6.4.0'])
    await runs(OLD, good)
    expect(await on.read(id)).toMatchObject({ state: 'rolled-back', counts: { 'rolled-back': 3 } })
    expect(await osTargets()).toEqual([null, null, null])
  })

  test('one rollout at a time owns a device, whatever it sends', async () => {
    await runs(OLD)
    const id = await start()
    const refusal = await on.scene.admin.refused('createRollout', 409, {
      ...on.fleetParams(),
      body: { releaseId: on.next.id },
    })
    expect(refusal.detail).toContain(`Rollout ${id} still owns 3 devices`)
    await on.act(id, 'abort')
    for (const device of on.devices) await device.report({ os_version: NEW })
    await on.soak()
    const release = await on.start()
    expect(
      await on.scene.admin.refused('createRollout', 409, {
        ...on.fleetParams(),
        body: { osVersion: '7.0.0' },
      }),
    ).toMatchObject({ detail: expect.stringContaining(`Rollout ${release} still owns`) as string })
  })

  test('a preview tells apart who runs it or a newer one, who has not said, and types without it', async () => {
    const [one, newer] = on.devices
    await runs(OLD, [one])
    await runs('balenaOS 6.6.0', [newer])
    await on.pin(one, on.old.id)
    const [pi] = await on.scene.devices(on.fleet, 1, { deviceType: 'raspberry-pi' })
    await runs('balenaOS 5.3.21', [pi])
    const preview = await on.scene.admin.ok('previewRollout', { ...on.fleetParams(), body: { osVersion } })
    expect(preview).toMatchObject({
      total: 4,
      willUpdate: 1,
      alreadyRunning: 1,
      pinned: 0,
      estimatedBytes: null,
    })
    expect(preview.incompatible).toEqual(
      expect.arrayContaining([
        { deviceType: 'raspberrypi4-64', count: 1, reason: 'It has not told which host OS it runs' },
        { deviceType: 'raspberry-pi', count: 1, reason: 'There is no host OS 6.5.3 for this device type' },
      ]),
    )
    const id = await start({ plan: { ...defaultRolloutPlan, maxUpdating: 1 } })
    expect(await stateOf(id, newer)).toMatchObject({
      state: 'skipped',
      reason: 'Already runs the newer host OS 6.6.0; a host OS is not downgraded',
    })
    const nothing = await on.scene.admin.refused('createRollout', 409, {
      ...on.fleetParams(),
      body: { osVersion: '5.0.0' },
    })
    expect(nothing.code).toBe('nothing-to-update')
  })

  test('a rollout sends exactly one thing, and says which field is wrong', async () => {
    const fieldOf = async (body: Record<string, unknown>) => {
      const refusal = await on.scene.admin.refused('createRollout', 400, { ...on.fleetParams(), body })
      return refusal.errors?.map((error) => `${error.field} ${error.reason}`)
    }
    expect(await fieldOf({})).toEqual(['body.releaseId must be given, or osVersion instead'])
    expect(await fieldOf({ releaseId: on.next.id, osVersion })).toEqual([
      'body.osVersion must not be given together with releaseId',
    ])
    expect(await fieldOf({ osVersion: 'newest' })).toEqual([
      'body.osVersion must be a version such as 6.5.3 or 2.98.33+rev4',
    ])
  })
})
