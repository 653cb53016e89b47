import { expect, test } from 'vitest'
import { defaultRolloutPlan } from '#contract/rollout-plan'
import { describeOnStores } from '../../testing/databases.ts'
import { rolloutScene } from '../../testing/rollout-scene.ts'

const twoPhases = {
  ...defaultRolloutPlan,
  phases: [
    { name: 'First', reach: { kind: 'percent' as const, percent: 34 }, soakSeconds: 30 },
    { name: 'Last', reach: { kind: 'percent' as const, percent: 100 }, soakSeconds: 30 },
  ],
}

describeOnStores('devices that join during a rollout', ({ open }) => {
  const on = rolloutScene(open)
  const tick = () => on.scene.app.rollouts.tick()
  const members = async (rolloutId: number) =>
    (await on.scene.admin.ok('listRolloutDevices', { params: { rolloutId } })).rows

  test('they are part of the last phase, are updated when it opens, and the counts stay exact', async () => {
    const id = await on.start({ plan: twoPhases })
    const [newcomer] = await on.scene.devices(on.fleet, 1)
    await newcomer?.runs(on.old)
    await tick()
    const joined = (await members(id)).find((row) => row.uuid === newcomer?.uuid)
    expect(joined).toMatchObject({ phaseIndex: 1, state: 'waiting' })
    expect((await on.read(id)).phases.map((phase) => phase.total)).toEqual([2, 2])
    // Not offered before its phase opens.
    expect(await newcomer?.target()).toBe(on.old.id)
    for (const device of on.devices) if ((await device.target()) === on.next.id) await device.runs(on.next)
    await on.soak()
    expect(await newcomer?.target()).toBe(on.next.id)
    const everyone = [...on.devices, ...(newcomer ? [newcomer] : [])]
    for (const device of everyone) await device.runs(on.next)
    await on.soak(everyone)
    expect(await on.read(id)).toMatchObject({ state: 'completed', total: 4, counts: { succeeded: 4 } })
  })

  test('a pinned one is left out with its reason, one that is moved in takes part, ignored ones are not counted', async () => {
    const id = await on.start({ plan: { ...defaultRolloutPlan, maxUpdating: 1 } })
    const [pinned] = await on.scene.devices(on.fleet, 1)
    await on.pin(pinned, on.old.id)
    const other = await on.scene.fleet()
    const [moved] = await on.scene.devices(other, 1)
    await on.scene.admin.ok('bulkDevices', {
      body: {
        selection: { kind: 'uuids', uuids: [moved?.uuid ?? ''] },
        operation: { kind: 'move', fleetId: on.fleet.id },
        isPreview: false,
      },
    })
    await tick()
    const rows = await members(id)
    expect(rows.find((row) => row.uuid === pinned?.uuid)).toMatchObject({
      state: 'skipped',
      reason: 'Joined the fleet during the rollout. Pinned to another release; the plan does not include it',
    })
    expect(rows.find((row) => row.uuid === moved?.uuid)).toMatchObject({ state: 'waiting' })
    expect((await on.read(id)).total).toBe(5)
    await on.act(id, 'abort')
    const ignoring = await on.start({ plan: { ...defaultRolloutPlan, newcomers: 'ignore', maxUpdating: 1 } })
    const before = (await on.read(ignoring)).total
    await on.scene.devices(on.fleet, 1)
    await tick()
    expect((await on.read(ignoring)).total).toBe(before)
  })

  test('of a narrowed rollout those that match, as soon as they do', async () => {
    const tag = (uuid: string) =>
      on.scene.admin.ok('setDeviceTag', { params: { uuid, key: 'ring' }, body: { value: 'canary' } })
    await tag(on.devices[0]?.uuid ?? '')
    on.scene.app.clock.advance(5 * 60_000)
    const id = await on.start({ filter: { tag: ['ring:canary'] } })
    const [newcomer] = await on.scene.devices(on.fleet, 1)
    await tick()
    expect((await on.read(id)).total).toBe(1)
    await tag(newcomer?.uuid ?? '')
    await tick()
    expect((await on.read(id)).total).toBe(2)
    expect(await newcomer?.target()).toBe(on.next.id)
    // A device that was there at the start was not meant then.
    await tag(on.devices[1]?.uuid ?? '')
    await tick()
    expect((await on.read(id)).total).toBe(2)
  })

  test('after the end nothing is added: a newcomer follows the fleet', async () => {
    const id = await on.start()
    await on.finish(id)
    const [newcomer] = await on.scene.devices(on.fleet, 1)
    await tick()
    expect((await on.read(id)).total).toBe(3)
    expect(await newcomer?.target()).toBe(on.next.id)
    await on.scene.admin.ok('updateFleet', {
      ...on.fleetParams(),
      body: { policy: { kind: 'track-latest' } },
    })
    await tick()
    expect(await on.read(id)).toMatchObject({ state: 'completed', total: 3 })
  })
})
