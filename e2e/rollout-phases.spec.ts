import { rolloutPlan } from '#contract/rollout-plan'
import { expectAccessible } from './fixtures/accessibility.ts'
import { setStage } from './fixtures/rollout-story.ts'
import { countRunning, planOf, readRollout, readStates } from './fixtures/rollouts.ts'
import { expect, test } from './fixtures/test.ts'
import { RolloutPage } from './pages/rollout-page.ts'

const PHASES = ['Canary', 'Early', 'Half', 'Everyone'] as const

test('a good release goes through four phases by itself while the page is watched, the control group last', async ({
  page,
  gateway,
  switchOn,
}) => {
  const { fleet, devices, next } = await setStage(gateway, switchOn, {
    name: 'Four phases',
    devices: { 'raspberrypi4-64': 40 },
  })
  const plan = rolloutPlan.parse(
    planOf(
      PHASES.map((name, index) => [name, [10, 25, 50, 100][index] ?? 100]),
      { controlPercent: 10, gates: { successPercent: 95, minimumSample: 3 } },
    ),
  )
  await gateway.api.call('savePlanTemplate', {
    params: { fleetId: fleet.id },
    body: { name: 'Four steps', description: 'Four phases of seconds.', plan },
  })

  await page.goto(`/rollouts/new?fleetId=${fleet.id}&releaseId=${next.id}`)
  await page.getByLabel('Plan', { exact: true }).selectOption('Four steps')
  await expect(page.getByText('40 of 40 devices will be updated')).toBeVisible()
  await page.getByRole('button', { name: 'Start…' }).click()
  await page.getByRole('dialog').getByRole('button', { name: 'Start rollout' }).click()
  await expect(page).toHaveURL(/\/rollouts\/\d+$/)
  const rolloutId = Number(page.url().split('/').at(-1))
  const watched = new RolloutPage(page)
  await watched.mark()

  for (const name of PHASES) await watched.expectLane(name, 'Passed')
  await watched.expectState('Completed')
  await watched.expectLane('Control group', 'Passed')
  await watched.expectNotReloaded()
  await expect(watched.timeline).toContainText('Every device has ended')
  await expectAccessible(page)

  expect(countRunning(devices, next.commit)).toBe(40)
  const rollout = await readRollout(gateway.api, rolloutId)
  const members = [...(await readStates(gateway.api, rolloutId)).values()]
  expect(members.map((member) => member.state)).toEqual(members.map(() => 'succeeded'))
  expect(rollout.phases.map((phase) => phase.total)).toEqual([4, 5, 9, 18, 4])
  // Each phase opened by itself when the one before had passed, and not before.
  expect(rollout.timeline.filter((entry) => entry.actorKind === 'user').map((entry) => entry.action)).toEqual(
    ['rollout.start'],
  )
  for (const [index, phase] of rollout.phases.entries()) {
    const before = rollout.phases[index - 1]
    if (before)
      expect(Date.parse(phase.openedAt ?? '')).toBeGreaterThanOrEqual(Date.parse(before.passedAt ?? ''))
  }
})
