import type { Page } from '@playwright/test'
import { expectAccessible } from './fixtures/accessibility.ts'
import { makeRelease } from './fixtures/fleets.ts'
import { setStage } from './fixtures/rollout-story.ts'
import { openGates, planOf, readRollout } from './fixtures/rollouts.ts'
import { expect, test } from './fixtures/test.ts'
import { RolloutPage } from './pages/rollout-page.ts'

const everyone = planOf([['Everyone', 100]], { maxUpdating: 2 })
/** With it the release waits on the devices, so that the rollout stays where it is. */
const locked = { kind: 'update-lock' } as const

/** Holds back what pages ask a verb with until `count` of them have asked. */
async function holdVerb(pages: readonly Page[], verb: string): Promise<void> {
  let release = () => {}
  const allAsked = new Promise<void>((resolve) => (release = resolve))
  let asked = 0
  for (const page of pages)
    await page.route(`**/rollouts/*/${verb}`, async (route) => {
      asked += 1
      if (asked === pages.length) release()
      await allAsked
      await route.continue()
    })
}

test('two operators who pause at once have one effect, and the second is told who was first', async ({
  page,
  browser,
  gateway,
  switchOn,
}) => {
  const { fleet, devices, next } = await setStage(gateway, switchOn, {
    name: 'Two hands',
    devices: { 'raspberrypi4-64': 4 },
  })
  for (const { uuid } of devices.devices) devices.inject(uuid, locked)
  const { id } = await gateway.api.call('createRollout', {
    params: { fleetId: fleet.id },
    body: { releaseId: next.id, plan: everyone },
  })
  const context = await browser.newContext({ baseURL: gateway.url })
  await context.addCookies([await gateway.cookieAs('release-manager')])
  const other = await context.newPage()
  const pages = [page, other]
  const watched = pages.map((one) => new RolloutPage(one))
  for (const one of watched) await one.open(id)
  await holdVerb(pages, 'pause')
  await Promise.all(watched.map((one) => one.verb('Pause').click()))

  for (const one of watched) await one.expectState('Paused')
  const messages = await Promise.all(
    pages.map(async (one) => {
      const message = one.getByText(/^(Paused: nothing new is offered|It is paused already)/).first()
      await expect(message).toBeVisible()
      return message.innerText()
    }),
  )
  expect(messages.filter((text) => text.startsWith('Paused: nothing new is offered'))).toHaveLength(1)
  expect(messages.find((text) => text.startsWith('It is paused already'))).toMatch(
    /^It is paused already: (Ada Admin|Some release-manager) was first\.$/,
  )
  const { timeline } = await readRollout(gateway.api, id)
  expect(timeline.filter((entry) => entry.action === 'rollout.pause')).toHaveLength(1)
  await context.close()
})

test('a start that conflicts says which rollout owns how many devices, and leads there', async ({
  page,
  gateway,
  switchOn,
}) => {
  const { fleet, devices, next } = await setStage(gateway, switchOn, {
    name: 'Owned already',
    devices: { 'raspberrypi4-64': 5 },
  })
  for (const { uuid } of devices.devices) devices.inject(uuid, locked)
  const other = await makeRelease(gateway.api, fleet, {
    semver: '1.2.0',
    services: [{ name: 'sensor', version: '1.2.0' }],
  })
  await page.goto(`/rollouts/new?fleetId=${fleet.id}&releaseId=${other.id}`)
  await page.getByLabel('Plan', { exact: true }).selectOption('Everyone now')
  await expect(page.getByText('5 of 5 devices will be updated')).toBeVisible()
  await page.getByRole('button', { name: 'Start…' }).click()
  // Somebody else is quicker.
  const { id } = await gateway.api.call('createRollout', {
    params: { fleetId: fleet.id },
    body: { releaseId: next.id, plan: everyone },
  })
  const dialog = page.getByRole('dialog')
  await dialog.getByRole('button', { name: 'Start rollout' }).click()
  await expect(dialog.getByRole('alert')).toContainText(`Rollout ${id} still owns 5 devices of these`)
  await expect(dialog.getByRole('link', { name: `Open rollout ${id}` })).toBeVisible()
  await expectAccessible(page)
  await dialog.getByRole('button', { name: 'Cancel' }).click()
  const preview = page.getByRole('region', { name: 'Preview' })
  await expect(preview).toContainText(`Rollout ${id} still owns 5 devices of these.`)
  await expect(page.getByRole('button', { name: 'Start…' })).toBeDisabled()
  await preview.getByRole('link', { name: `Rollout ${id}` }).click()
  await expect(page).toHaveURL(new RegExp(`/rollouts/${id}$`))
})

test('skipping a gate, approving, retrying and aborting by hand stand in the timeline with who and why', async ({
  page,
  gateway,
  switchOn,
}) => {
  const { fleet, devices, next } = await setStage(gateway, switchOn, {
    name: 'By hand',
    devices: { 'raspberrypi4-64': 12 },
    fault: { kind: 'crash-loop', share: 0.4, afterSeconds: 2 },
  })
  for (const { uuid } of devices.devices) devices.inject(uuid, locked)
  const plan = planOf(
    [
      ['First', 40],
      ['Second', 80],
      ['Everyone', 100],
    ],
    { gates: { ...openGates, successPercent: 10 } },
    6,
  )
  const [first, ...later] = plan.phases
  if (!first) throw new Error('the plan has no phase')
  const { id } = await gateway.api.call('createRollout', {
    params: { fleetId: fleet.id },
    body: {
      releaseId: next.id,
      plan: {
        ...plan,
        phases: [first, ...later.map((phase) => ({ ...phase, approval: 'manual' as const }))],
      },
    },
  })
  const watched = new RolloutPage(page)
  await watched.open(id)
  await watched.expectLane('First', 'Open')

  await watched.verb('Skip gate').click()
  const dialog = page.getByRole('dialog')
  await expect(dialog.getByRole('button', { name: 'Skip gate' })).toBeDisabled()
  await dialog.getByLabel('Reason').fill('the bench has seen it for a week')
  await expectAccessible(page)
  await dialog.getByRole('button', { name: 'Skip gate' }).click()
  await watched.expectLane('First', 'Passed')
  await watched.expectLane('Second', 'Waits for approval')
  await expect(watched.timeline).toContainText(/Skipped the gate .*: the bench has seen it for a week/)

  for (const { uuid } of devices.devices) devices.clear(uuid, 'update-lock')
  await watched.verb('Approve phase').click()
  await dialog.getByLabel('Reason (optional)').fill('agreed with support')
  await dialog.getByRole('button', { name: 'Approve' }).click()
  await expect(watched.timeline).toContainText(/Approved .*: agreed with support/)
  await watched.expectLane('Second', 'Passed')
  await watched.expectLane('Everyone', 'Waits for approval')

  await expect(watched.figure('failed')).toContainText(/^[1-9]/)
  await expect(watched.failures).toContainText(/sensor (restarted several times|should run but is)/)
  await expect(watched.figure('updating')).toContainText(/^0/)
  await expectAccessible(page)
  await watched.verb('Retry failed').click()
  await dialog.getByRole('button', { name: 'Retry' }).click()
  await expect(watched.timeline).toContainText('Retried the failed devices')
  await expect(watched.figure('failed')).toContainText(/^0/)

  await watched.verb('Abort').click()
  await dialog.getByLabel('Reason (optional)').fill('the next release is ready')
  await dialog.getByRole('button', { name: 'Abort rollout' }).click()
  await watched.expectState('Aborted')
  await expect(watched.timeline).toContainText(/Aborted rollout \d+: the next release is ready/)
  await watched.expectNotReloaded()
  const { timeline } = await readRollout(gateway.api, id)
  const byHand = timeline.filter((entry) => entry.actorKind === 'user')
  expect(byHand.map((entry) => [entry.action, entry.actor])).toEqual(
    ['abort', 'retry-failed', 'approve', 'skip-phase'].map((verb) => [`rollout.${verb}`, 'Ada Admin']),
  )
})

test.describe('a viewer', () => {
  test.use({ role: 'viewer' })

  test('sees all of a rollout and can do nothing to it; the gateway refuses too', async ({
    page,
    gateway,
    switchOn,
  }) => {
    const { fleet, devices, next } = await setStage(gateway, switchOn, {
      name: 'Seen only',
      devices: { 'raspberrypi4-64': 4 },
    })
    for (const { uuid } of devices.devices) devices.inject(uuid, locked)
    const { id } = await gateway.api.call('createRollout', {
      params: { fleetId: fleet.id },
      body: { releaseId: next.id, plan: everyone },
    })
    const watched = new RolloutPage(page)
    await watched.open(id)
    await expect(watched.gate).toBeVisible()
    await expect(watched.timeline).toContainText('Started rollout')
    for (const label of ['Pause', 'Abort', 'Roll back']) {
      await expect(watched.verb(label)).toBeDisabled()
      await expect(watched.verb(label)).toHaveAttribute('title', 'Needs the role release manager')
    }
    await expectAccessible(page)
    await page.goto(`/rollouts/new?fleetId=${fleet.id}&releaseId=${next.id}`)
    await expect(page.getByText('Starting needs the role release manager')).toBeVisible()
    await expect(page.getByRole('button', { name: 'Start…' })).toBeDisabled()

    const api = await gateway.apiAs('viewer')
    const refused = await Promise.all(
      (['pause', 'approve', 'skip-phase', 'retry-failed', 'abort', 'roll-back'] as const).map((verb) =>
        api.attempt('actOnRollout', { params: { rolloutId: id, verb }, body: { reason: 'because' } }),
      ),
    )
    expect(refused.map((answer) => answer.status)).toEqual(refused.map(() => 403))
    expect((await readRollout(gateway.api, id)).state).toBe('running')
  })
})
