import { expect, test } from 'vitest'
import { defaultRolloutPlan } from '#contract/rollout-plan'
import { describeOnStores } from '../../testing/databases.ts'
import { rolloutScene } from '../../testing/rollout-scene.ts'

describeOnStores('verbs of rollouts', ({ open }) => {
  const on = rolloutScene(open)

  test('a verb said twice has one effect and one entry', async () => {
    const id = await on.start()
    for (const verb of ['pause', 'resume', 'abort', 'roll-back'] as const) {
      expect((await on.act(id, verb)).hadEffect).toBe(true)
      expect((await on.act(id, verb)).hadEffect).toBe(false)
    }
    expect((await on.act(id, 'roll-back')).hadEffect).toBe(false)
    const refusal = await on.scene.admin.refused('actOnRollout', 409, {
      params: { rolloutId: id, verb: 'pause' },
      body: {},
    })
    expect(refusal).toMatchObject({ code: 'rollout-state' })
    expect((await on.audited(id)).filter((action) => action === 'rollout.pause')).toHaveLength(1)
  })

  test('two operators who click at once get one effect', async () => {
    const id = await on.start()
    const answers = await Promise.all([on.act(id, 'pause'), on.act(id, 'pause'), on.act(id, 'pause')])
    expect(answers.filter((answer) => answer.hadEffect)).toHaveLength(1)
  })

  test('an abort leaves what was offered and skips the rest, and is watched to its end', async () => {
    const id = await on.start({ plan: { ...defaultRolloutPlan, maxUpdating: 1 } })
    await on.act(id, 'abort')
    expect((await on.read(id)).counts).toMatchObject({ offered: 1, skipped: 2 })
    for (const device of on.devices) if ((await device.target()) === on.next.id) await device.runs(on.next)
    await on.soak()
    expect((await on.read(id)).counts).toMatchObject({ succeeded: 1, skipped: 2 })
    expect(await on.policy()).toEqual({ kind: 'pinned', releaseId: on.old.id })
  })

  test('a failed device is named with its reason and retried; nothing to retry is nothing done', async () => {
    const id = await on.start()
    await on.devices[0]?.reports(on.next, 'rejected')
    const failed = await on.read(id)
    expect(failed.failures).toEqual([
      expect.objectContaining({
        count: 1,
        examples: [expect.objectContaining({ uuid: on.devices[0]?.uuid })],
      }),
    ])
    expect((await on.act(id, 'retry-failed')).counts.failed).toBe(0)
    expect((await on.act(id, 'retry-failed')).hadEffect).toBe(false)
    await on.finish(id)
    expect((await on.act(id, 'retry-failed')).state).toBe('completed')
  })

  test('roll back gives every touched device exactly what it had: pin, tracking or nothing', async () => {
    await on.pin(on.devices[0], on.old.id)
    const id = await on.start({ plan: { ...defaultRolloutPlan, includesPinned: true } })
    const newcomer = (await on.scene.devices(on.fleet, 1))[0]
    await newcomer?.runs(on.next)
    await on.finish(id)
    expect(await newcomer?.target()).toBe(on.next.id)
    await on.act(id, 'roll-back')
    expect(await on.targets()).toEqual([on.old.id, on.old.id, on.old.id])
    expect((await on.devices[0]?.row())?.pinned_release_id).toBe(on.old.id)
    expect((await on.devices[1]?.row())?.pinned_release_id).toBeNull()
    expect((await on.devices[1]?.row())?.assigned_release_id).toBeNull()
    expect(await newcomer?.target()).toBe(on.old.id)
    expect(await on.policy()).toEqual({ kind: 'pinned', releaseId: on.old.id })
    expect((await on.read(id)).state).toBe('rolling-back')
    for (const device of on.devices) await device.runs(on.old)
    const back = await on.read(id)
    expect(back.state).toBe('rolled-back')
    expect(back.counts['rolled-back']).toBe(3)
  })

  test('roll back of the first release a fleet ever had leaves its devices without a target', async () => {
    const empty = await on.scene.fleet()
    const draft = await on.scene.release(empty.id, '0.1.0', { isDraft: true })
    const [first] = await on.scene.devices(empty, 1)
    const rollout = await on.scene.admin.ok('createRollout', {
      params: { fleetId: empty.id },
      body: { releaseId: draft.id },
    })
    await on.scene.settled()
    expect(await first?.target()).toBe(draft.id)
    await on.act(rollout.id, 'roll-back')
    expect(await first?.target()).toBeNull()
    expect((await on.scene.admin.ok('getFleet', { params: { fleetId: empty.id } })).fleet.policy).toEqual({
      kind: 'track-latest',
    })
    expect((await on.read(rollout.id)).state).toBe('rolled-back')
  })

  test('roll back respects what somebody gave a device meanwhile', async () => {
    const id = await on.start()
    const other = await on.scene.release(on.fleet.id, '1.5.0')
    await on.finish(id)
    await on.pin(on.devices[0], other.id)
    await on.act(id, 'roll-back')
    expect(await on.targets()).toEqual([other.id, on.old.id, on.old.id])
  })

  test('one rollout at a time owns a device: another is refused by name and number', async () => {
    const id = await on.start()
    await on.devices[0]?.runs(on.next)
    await on.soak()
    const third = await on.scene.release(on.fleet.id, '3.0.0')
    const refusal = await on.scene.admin.refused('createRollout', 409, {
      ...on.fleetParams(),
      body: { releaseId: third.id },
    })
    expect(refusal.code).toBe('rollout-conflict')
    expect(refusal.detail).toContain(`Rollout ${id} still owns 2 devices`)
    const preview = await on.scene.admin.ok('previewRollout', {
      ...on.fleetParams(),
      body: { releaseId: third.id },
    })
    expect(preview.conflict).toEqual({ rolloutId: id, devices: 2 })
    // The one that is done is free.
    await on.start({ filter: { q: on.devices[0]?.uuid } }, third.id)
    expect(await on.devices[0]?.target()).toBe(third.id)
    // And the first rollout can no longer take it back from under the other.
    expect(
      await on.scene.admin.refused('actOnRollout', 409, {
        params: { rolloutId: id, verb: 'roll-back' },
        body: {},
      }),
    ).toMatchObject({ code: 'rollout-conflict' })
  })

  test('a policy somebody sets while a rollout runs is theirs', async () => {
    const other = await on.scene.release(on.fleet.id, '1.5.0')
    const id = await on.start()
    await on.scene.admin.ok('updateFleet', {
      ...on.fleetParams(),
      body: { policy: { kind: 'pinned', releaseId: other.id } },
    })
    await on.finish(id)
    expect(await on.policy()).toEqual({ kind: 'pinned', releaseId: other.id })
  })
})
