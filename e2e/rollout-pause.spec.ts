import { expectAccessible } from './fixtures/accessibility.ts'
import { setStage } from './fixtures/rollout-story.ts'
import { countRunning, offeredTo, planOf, readStates, running } from './fixtures/rollouts.ts'
import { expect, test } from './fixtures/test.ts'
import { RolloutPage } from './pages/rollout-page.ts'

const ALL = 16
const AT_ONCE = 6

test('a pause during downloads offers nothing new and lets them end; resume goes on to the last device', async ({
  page,
  gateway,
  switchOn,
}) => {
  const { fleet, devices, old, next } = await setStage(gateway, switchOn, {
    name: 'Paused half-way',
    devices: { 'raspberrypi4-64': ALL },
    // Another major version: runtime and dependencies travel too.
    version: '2.0.0',
  })
  // Downloads last some seconds, so that somebody can pause in the middle of them.
  for (const { uuid } of devices.devices) devices.inject(uuid, { kind: 'slow-link', bytesPerSecond: 100_000 })
  const { id } = await gateway.api.call('createRollout', {
    params: { fleetId: fleet.id },
    body: { releaseId: next.id, plan: planOf([['Everyone', 100]], { maxUpdating: AT_ONCE }) },
  })
  const watched = new RolloutPage(page)
  await watched.open(id)
  await expect(watched.legend('Downloading')).toBeVisible()
  await watched.verb('Pause').click()
  await expect(page.getByText('Paused: nothing new is offered').first()).toBeVisible()
  await watched.expectState('Paused')

  const offered = await offeredTo(gateway.api, fleet.id, next.commit)
  expect(offered.length).toBeGreaterThan(0)
  expect(offered.length).toBeLessThan(ALL)
  for (const { uuid } of devices.devices) devices.clear(uuid, 'slow-link')
  // What is on its way comes to its end, which makes room that a running rollout would use at once.
  await expect
    .poll(async () => {
      const states = await readStates(gateway.api, id)
      return offered.filter((uuid) => states.get(uuid)?.state === 'succeeded').length
    })
    .toBe(offered.length)
  await expect(watched.figure(`of ${ALL}`)).toContainText(String(offered.length))
  await expectAccessible(page)
  expect(await offeredTo(gateway.api, fleet.id, next.commit)).toEqual(offered)
  for (const [uuid, commit] of running(devices))
    expect(commit, uuid).toBe(offered.includes(uuid) ? next.commit : old.commit)
  expect(
    [...(await readStates(gateway.api, id))]
      .filter(([uuid]) => !offered.includes(uuid))
      .map(([, one]) => one.state),
  ).toEqual(Array.from({ length: ALL - offered.length }, () => 'waiting'))

  await watched.verb('Resume').click()
  await watched.expectState('Completed')
  await watched.expectNotReloaded()
  expect(countRunning(devices, next.commit)).toBe(ALL)
  for (const word of ['Paused rollout', 'Resumed rollout']) await expect(watched.timeline).toContainText(word)
})
