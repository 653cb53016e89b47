import { expect, test } from 'vitest'
import { defaultRolloutPlan } from '#contract/rollout-plan'
import { describeOnStores } from '../../testing/databases.ts'
import { rolloutScene } from '../../testing/rollout-scene.ts'

describeOnStores('pinned devices', ({ open }) => {
  const on = rolloutScene(open)

  test('only those that the plan names take part, and rolling back gives them exactly their pin', async () => {
    const [named, other] = on.devices
    await on.pin(named, on.old.id)
    await on.pin(other, on.old.id)
    const plan = { ...defaultRolloutPlan, pinnedDevices: [named?.uuid ?? ''] }
    const preview = await on.scene.admin.ok('previewRollout', {
      ...on.fleetParams(),
      body: { releaseId: on.next.id, plan },
    })
    expect(preview).toMatchObject({ willUpdate: 2, pinned: 1, pinnedDevices: [{ uuid: other?.uuid }] })
    const id = await on.start({ plan })
    expect(await on.targets()).toEqual([on.next.id, on.old.id, on.next.id])
    expect((await named?.row())?.pinned_release_id).toBe(on.next.id)
    await named?.runs(on.next)
    await on.act(id, 'roll-back')
    expect((await named?.row())?.pinned_release_id).toBe(on.old.id)
    expect((await other?.row())?.pinned_release_id).toBe(on.old.id)
    expect((await on.devices[2]?.row())?.pinned_release_id).toBeNull()
    expect(await on.targets()).toEqual([on.old.id, on.old.id, on.old.id])
  })

  test('one that is pinned while it waits is left alone from then on', async () => {
    const id = await on.start({ plan: { ...defaultRolloutPlan, maxUpdating: 1 } })
    const targets = await on.targets()
    const waiting = on.devices.find((_device, index) => targets[index] === on.old.id)
    await on.pin(waiting, on.old.id)
    await on.scene.settled()
    await on.scene.app.rollouts.tick()
    expect((await on.read(id)).counts).toMatchObject({ waiting: 1, skipped: 1 })
    for (let turn = 0; turn < on.devices.length; turn++) {
      for (const device of on.devices) if ((await device.target()) === on.next.id) await device.runs(on.next)
      await on.soak()
    }
    expect(await on.read(id)).toMatchObject({ state: 'completed', counts: { succeeded: 2, skipped: 1 } })
    expect((await waiting?.row())?.pinned_release_id).toBe(on.old.id)
  })

  test('a device whose source has it online is heard, though it tells nothing new', async () => {
    const id = await on.start()
    for (const device of on.devices) await device.runs(on.next)
    const readAt = async (ms: number) => {
      on.scene.app.clock.advance(ms)
      await on.scene.app.db.updateTable('source_fleet').set({ read_at: on.scene.app.clock.now() }).execute()
      await on.scene.app.rollouts.tick()
      return (await on.read(id)).state
    }
    await on.scene.app.db
      .insertInto('source_fleet')
      .values({ fleet_id: on.fleet.id, policy: 'pinned', target_release_id: on.old.id })
      .execute()
    await on.scene.app.db.updateTable('device').set({ poll_interval_ms: 60_000 }).execute()
    // Past the soak, it may have fallen silent just after its last word.
    expect(await readAt(60_000)).toBe('running')
    // One and a half of its intervals after the soak.
    expect(await readAt(90_000)).toBe('completed')
  })
})
