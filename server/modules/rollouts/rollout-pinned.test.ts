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
})
