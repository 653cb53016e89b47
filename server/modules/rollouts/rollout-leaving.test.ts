import { expect, test } from 'vitest'
import { defaultRolloutPlan } from '#contract/rollout-plan'
import { describeOnStores } from '../../testing/databases.ts'
import { rolloutScene } from '../../testing/rollout-scene.ts'
import type { SceneDevice } from '../../testing/scene.ts'

describeOnStores('a device that is deleted during a rollout', ({ open }) => {
  const on = rolloutScene(open)
  const remove = async (device: SceneDevice | undefined) => {
    await on.scene.admin.ok('deleteDevice', { params: { uuid: device?.uuid ?? '' } })
    await on.scene.settled()
  }

  test('while it waits is counted no more, and the rollout ends with the others', async () => {
    const id = await on.start({ plan: { ...defaultRolloutPlan, maxUpdating: 1 } })
    const targets = await on.targets()
    const waiting = on.devices.find((_device, index) => targets[index] === on.old.id)
    await remove(waiting)
    expect(await on.read(id)).toMatchObject({ state: 'running', total: 2, counts: { waiting: 1 } })
    const others = on.devices.filter((device) => device !== waiting)
    for (let turn = 0; turn < others.length; turn++) {
      for (const device of others) if ((await device.target()) === on.next.id) await device.runs(on.next)
      await on.soak(others)
    }
    expect(await on.read(id)).toMatchObject({ state: 'completed', total: 2, counts: { succeeded: 2 } })
  })

  test('while it alone is awaited lets the rollout end at once', async () => {
    const id = await on.start()
    const [lost, ...others] = on.devices
    for (const device of others) await device.runs(on.next)
    await on.soak(others)
    expect((await on.read(id)).state).toBe('running')
    await remove(lost)
    await on.scene.app.rollouts.tick()
    expect(await on.read(id)).toMatchObject({ state: 'completed', total: 2, counts: { succeeded: 2 } })
  })

  test('after it ended leaves figures that fit the devices that are left', async () => {
    const id = await on.start()
    await on.finish(id)
    await remove(on.devices[0])
    const { total, counts, phases } = await on.read(id)
    expect({ total, succeeded: counts.succeeded, state: (await on.read(id)).state }).toEqual({
      total: 2,
      succeeded: 2,
      state: 'completed',
    })
    expect(phases.reduce((sum, phase) => sum + phase.total, 0)).toBe(2)
  })
})
