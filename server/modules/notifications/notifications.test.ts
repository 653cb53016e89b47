import { expect, test, vi } from 'vitest'
import { topicData } from '#contract/events'
import type { Inbox } from '#contract/notification'
import { defaultRolloutPlan } from '#contract/rollout-plan'
import type { RolloutVerb } from '#contract/rollout'
import { describeOnStores } from '../../testing/databases.ts'
import { LivePage } from '../../testing/live-page.ts'
import { rolloutScene } from '../../testing/rollout-scene.ts'
import { TestClient } from '../../testing/test-client.ts'

const DAY_MS = 86_400_000

describeOnStores('notifications', ({ open }) => {
  const on = rolloutScene(open)
  /** Somebody who comes after all that was told before. */
  const person = async (role: 'viewer' | 'release-manager' = 'viewer') => {
    on.scene.app.clock.advance(1)
    return new TestClient(on.scene.app, await on.scene.app.signedIn(role))
  }
  const inboxOf = (client: TestClient) => client.ok('getInbox')
  const actBy = async (client: TestClient, rolloutId: number, verb: RolloutVerb) => {
    await client.ok('actOnRollout', { params: { rolloutId, verb }, body: {} })
    await on.scene.settled()
  }
  /** Older tests share the database: what is looked at is what this rollout told. */
  const toldOf = ({ rows }: Pick<Inbox, 'rows'>, rolloutId: number) =>
    rows.filter((row) => row.rolloutId === rolloutId).map(({ event, isSeen }) => ({ event, isSeen }))

  test('a pause is news to everybody but who did it, on every device alike', async () => {
    const [manager, viewer] = [await person('release-manager'), await person()]
    const rolloutId = await on.start()
    const before = await inboxOf(viewer)
    expect(toldOf(before, rolloutId)).toEqual([])
    await actBy(manager, rolloutId, 'pause')
    const held = await inboxOf(viewer)
    expect(toldOf(held, rolloutId)).toEqual([{ event: 'rollout.paused', isSeen: false }])
    expect(held.unseen).toBe(before.unseen + 1)
    expect(held.rows[0]).toMatchObject({
      fleetName: on.fleet.name,
      summary: `Paused rollout ${rolloutId}`,
      actor: 'Person release-manager',
    })
    expect(toldOf(await inboxOf(manager), rolloutId)).toEqual([{ event: 'rollout.paused', isSeen: true }])

    const marked = await viewer.ok('markNotificationsSeen', { body: { rolloutId } })
    expect(marked.unseen).toBe(before.unseen)
    expect(toldOf(await inboxOf(viewer), rolloutId)).toEqual([{ event: 'rollout.paused', isSeen: true }])
    expect((await inboxOf(await person())).unseen).toBe(0)
  })

  test('what waits for a decision is listed until somebody decides', async () => {
    const viewer = await person()
    const waiting = async (rolloutId: number) =>
      (await inboxOf(viewer)).needsAction.filter((one) => one.rolloutId === rolloutId).map(({ why }) => why)
    const everyone = { name: 'Everyone', reach: { kind: 'percent', percent: 100 }, soakSeconds: 30 }
    const phases = [
      { ...everyone, name: 'Canary', reach: { kind: 'percent', percent: 34 } },
      { ...everyone, approval: 'manual' },
    ]
    const rolloutId = await on.start({ plan: { ...defaultRolloutPlan, phases } })
    for (const device of on.devices) if ((await device.target()) === on.next.id) await device.runs(on.next)
    await on.soak()
    expect(await waiting(rolloutId)).toEqual(['awaiting-approval'])
    expect(toldOf(await inboxOf(viewer), rolloutId)).toEqual([
      { event: 'rollout.awaiting-approval', isSeen: false },
    ])
    await actBy(on.scene.admin, rolloutId, 'pause')
    expect(await waiting(rolloutId)).toEqual(['paused'])
    await actBy(on.scene.admin, rolloutId, 'approve')
    await actBy(on.scene.admin, rolloutId, 'resume')
    expect(await waiting(rolloutId)).toEqual([])
    await on.finish(rolloutId)
    expect(toldOf(await inboxOf(viewer), rolloutId)).toEqual([
      { event: 'rollout.completed', isSeen: false },
      { event: 'rollout.paused', isSeen: false },
      { event: 'rollout.awaiting-approval', isSeen: false },
    ])
  })

  test('some can be marked, or all up to one; what came after stays unseen', async () => {
    const viewer = await person()
    const rolloutId = await on.start()
    for (const verb of ['pause', 'resume', 'pause', 'resume', 'pause'] as const)
      await actBy(on.scene.admin, rolloutId, verb)
    const [newest, middle, oldest] = (await inboxOf(viewer)).rows
    if (!newest || !middle || !oldest) throw new Error('three pauses were told')
    await viewer.ok('markNotificationsSeen', { body: { ids: [middle.id] } })
    expect(toldOf(await inboxOf(viewer), rolloutId).map(({ isSeen }) => isSeen)).toEqual([false, true, false])
    const left = await viewer.ok('markNotificationsSeen', { body: { through: middle.id } })
    expect(toldOf(left, rolloutId).map(({ isSeen }) => isSeen)).toEqual([false, true, true])
    expect(left.unseen).toBe(1)
    await viewer.refused('markNotificationsSeen', 400, { body: { ids: [] } })
  })

  test('all of them can be paged through, by event and by whether they are seen', async () => {
    const viewer = await person()
    const rolloutId = await on.start()
    for (const verb of ['pause', 'resume', 'pause', 'abort'] as const)
      await actBy(on.scene.admin, rolloutId, verb)
    const first = await viewer.ok('listNotifications', { query: { isSeen: 'false', limit: '2' } })
    expect(first.rows.map((row) => row.event)).toEqual(['rollout.aborted', 'rollout.paused'])
    expect(first.counts).toMatchObject({ event: { 'rollout.paused': 2, 'rollout.aborted': 1 }, unseen: 3 })
    const second = await viewer.ok('listNotifications', {
      query: { isSeen: 'false', limit: '2', after: first.next ?? '' },
    })
    expect(second.rows.map((row) => row.event)).toEqual(['rollout.paused'])
    expect(second.next).toBeNull()
    const aborted = await viewer.ok('listNotifications', {
      query: { event: ['rollout.aborted'], isSeen: 'false' },
    })
    expect(aborted.rows).toHaveLength(1)
    expect(aborted.counts.unseen).toBe(1)
    await viewer.refused('listNotifications', 400, { query: { after: 'nonsense' } })
  })

  test('a second device of the same person hears what the first has seen; another person does not', async () => {
    const url = await on.scene.app.listen()
    const [mine, other] = [await on.scene.app.signedIn('viewer'), await on.scene.app.signedIn('viewer')]
    const pages = [new LivePage(url, mine), new LivePage(url, other)]
    const rolloutId = await on.start()
    await actBy(on.scene.admin, rolloutId, 'pause')
    try {
      for (const page of pages) {
        await page.connect()
        expect((await page.subscribe('w', { kind: 'notifications' })).ok).toBe(true)
      }
      await new TestClient(on.scene.app, mine).ok('markNotificationsSeen', { body: { rolloutId } })
      on.scene.app.clock.advance(1_000)
      await on.scene.app.hub.tick()
      await vi.waitFor(() => expect(pages[0]?.patchesOf('w')).toHaveLength(1))
      const patch = topicData.notifications.parse(pages[0]?.patchesOf('w')[0]?.data)
      expect(toldOf(patch, rolloutId)).toEqual([{ event: 'rollout.paused', isSeen: true }])
      expect(pages[1]?.patchesOf('w')).toEqual([])
    } finally {
      for (const page of pages) page.close()
    }
  })

  test('after 90 days all is forgotten; tokens have no inbox', async () => {
    const viewer = await person()
    const rolloutId = await on.start()
    await actBy(on.scene.admin, rolloutId, 'abort')
    expect(toldOf(await inboxOf(viewer), rolloutId)).toHaveLength(1)
    on.scene.app.clock.advance(89 * DAY_MS)
    await on.scene.app.runJob('prune notifications')
    const later = await person()
    expect(toldOf(await inboxOf(later), rolloutId)).toHaveLength(1)
    on.scene.app.clock.advance(2 * DAY_MS)
    await on.scene.app.runJob('prune notifications')
    expect((await inboxOf(await person())).rows).toEqual([])
    await on.scene.admin.refused('getInbox', 403)
  })
})
