import { expect, test } from 'vitest'
import { defaultRolloutPlan } from '#contract/rollout-plan'
import { describeOnStores } from '../../testing/databases.ts'
import { rolloutScene } from '../../testing/rollout-scene.ts'

const plan = {
  ...defaultRolloutPlan,
  phases: [
    { name: 'First', reach: { kind: 'count' as const, count: 1 }, soakSeconds: 30 },
    {
      name: 'Everyone',
      reach: { kind: 'percent' as const, percent: 100 },
      soakSeconds: 30,
      approval: 'manual' as const,
      approver: 'admin' as const,
    },
  ],
}

describeOnStores('approval', ({ open }) => {
  const on = rolloutScene(open)

  test('a phase that an administrator approves is not approved by a release manager', async () => {
    const id = await on.start({ plan })
    for (const device of on.devices) if ((await device.target()) === on.next.id) await device.runs(on.next)
    await on.soak()
    const manager = await on.scene.as('release-manager')
    const approval = { params: { rolloutId: id, verb: 'approve' as const }, body: {} }
    const refusal = await manager.refused('actOnRollout', 403, approval)
    expect(refusal.detail).toBe(
      `Phase "Everyone" of rollout ${id} is approved by an administrator; your role is release-manager`,
    )
    expect((await on.read(id)).phases[1]).toMatchObject({ state: 'awaiting-approval', approver: 'admin' })
    expect((await on.act(id, 'approve')).hadEffect).toBe(true)
    expect((await on.read(id)).phases[1]?.state).toBe('open')
  })

  test('without saying who, a release manager may', async () => {
    const [first, last] = plan.phases
    const id = await on.start({ plan: { ...plan, phases: [first, { ...last, approver: undefined }] } })
    for (const device of on.devices) if ((await device.target()) === on.next.id) await device.runs(on.next)
    await on.soak()
    const manager = await on.scene.as('release-manager')
    await manager.ok('actOnRollout', { params: { rolloutId: id, verb: 'approve' }, body: {} })
    await on.scene.settled()
    expect((await on.read(id)).phases[1]?.state).toBe('open')
  })
})
