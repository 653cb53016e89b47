import type { Page } from '@playwright/test'
import { expectAccessible } from './fixtures/accessibility.ts'
import { setStage } from './fixtures/rollout-story.ts'
import { planOf } from './fixtures/rollouts.ts'
import { expect, test } from './fixtures/test.ts'
import { startWebhookReceiver } from './fixtures/webhook-receiver.ts'
import { RolloutPage } from './pages/rollout-page.ts'
import { Shell } from './pages/shell.ts'

const approvals = ['auto', 'manual'] as const

/** Counts as seen whatever the person of this page was told before. */
async function seeAll(page: Page): Promise<void> {
  const { csrfToken } = (await (await page.request.get('/api/v1/me')).json()) as { csrfToken: string }
  const { rows } = (await (await page.request.get('/api/v1/notifications')).json()) as {
    rows: { id: number }[]
  }
  const newest = rows[0]?.id
  if (newest === undefined) return
  const answer = await page.request.post('/api/v1/notifications/seen', {
    data: { through: newest },
    headers: { 'x-csrf-token': csrfToken },
  })
  expect(answer.status()).toBe(200)
}

test('a rollout that waits for approval is told in the app and to a webhook; both agree when it goes on', async ({
  page,
  browser,
  gateway,
  switchOn,
}) => {
  const receiver = await startWebhookReceiver()
  const { fleet, next } = await setStage(gateway, switchOn, {
    name: 'Told about',
    devices: { 'raspberrypi4-64': 8 },
  })

  await page.goto('/settings/webhooks')
  await page.getByRole('button', { name: 'New webhook' }).click()
  await page.getByLabel('Name').fill('Release channel')
  await page.getByLabel('Address').fill(receiver.url)
  await page.getByLabel('Rollouts of').selectOption('Told about')
  await expectAccessible(page)
  await page.getByRole('button', { name: 'Add the webhook' }).click()
  receiver.useKey(await page.getByLabel('Key of the signature', { exact: true }).innerText())
  await expectAccessible(page)
  await page.getByRole('button', { name: 'I have copied it' }).click()
  await page.getByRole('button', { name: 'Send a test to Release channel' }).click()
  await expect(page.getByText(/^“Release channel” answered 204/)).toBeVisible()
  expect(receiver.heard).toMatchObject([{ event: 'webhook.test', isSigned: true }])

  // Other stories of the same gateway may have told this person something.
  await seeAll(page)

  // The same person on a second device.
  const second = await browser.newContext({ baseURL: gateway.url })
  await second.addCookies([await gateway.cookieAs('admin')])
  const other = await second.newPage()
  for (const device of [page, other]) {
    await device.goto('/fleets')
    await new Shell(device).expectConnection('Live')
  }

  const plan = planOf([
    ['Canary', 25],
    ['Everyone', 100],
  ])
  const api = await gateway.apiAs('release-manager')
  const { id: rolloutId } = await api.call('createRollout', {
    params: { fleetId: fleet.id },
    body: {
      releaseId: next.id,
      plan: {
        ...plan,
        phases: plan.phases.map((phase, index) => ({ ...phase, approval: approvals[index] ?? 'auto' })),
      },
    },
  })

  const sentence = 'Phase "Everyone" waits for approval.'
  const bellOf = (device: typeof page, words: string) =>
    device.getByRole('button', { name: `Notifications: ${words}` })
  await expect(page.getByText(`Told about: ${sentence}`, { exact: true })).toBeVisible({ timeout: 60_000 })
  // Read out as well, without interrupting.
  await expect(page.getByRole('status').filter({ hasText: sentence })).toHaveAttribute('aria-live', 'polite')
  // It stays as long as the pointer is on it.
  const opensRollout = page.getByRole('link', { name: `Open rollout ${rolloutId}` })
  await opensRollout.hover()
  for (const device of [page, other]) {
    await expect(bellOf(device, '1 unread notification')).toBeVisible()
    await expect(new Shell(device).navigation.getByRole('link', { name: 'Rollouts' })).toContainText(
      '1 rollout waits for a decision',
    )
    await expect(device).toHaveTitle('(1) Fleets · Wheelhouse')
  }
  await expectAccessible(page)
  await bellOf(other, '1 unread notification').click()
  const inbox = other.getByRole('dialog', { name: 'Notifications' })
  await expect(inbox.getByRole('link', { name: sentence })).toBeVisible()
  await expect(inbox.getByRole('link', { name: 'waits for approval' }).first()).toBeVisible()
  await expectAccessible(other)

  await opensRollout.click()
  await expect(page).toHaveURL(new RegExp(`/rollouts/${rolloutId}$`))
  for (const device of [page, other]) await expect(bellOf(device, 'No unread notifications')).toBeAttached()
  await page.getByRole('button', { name: 'Approve phase' }).click()
  await page.getByRole('dialog').getByRole('button', { name: 'Approve' }).click()
  for (const device of [page, other])
    await expect(new Shell(device).navigation.getByRole('link', { name: 'Rollouts' })).not.toContainText(
      'waits',
    )
  await new RolloutPage(page).expectState('Completed')
  await expect(inbox.getByRole('link', { name: 'Completed' })).toBeVisible()

  await expect
    .poll(() => receiver.heard.filter((one) => one.isSigned).map((one) => one.event))
    .toEqual(['webhook.test', 'rollout.started', 'rollout.awaiting-approval', 'rollout.completed'])
  const told = receiver.heard.find((one) => one.event === 'rollout.awaiting-approval')
  expect(told?.summary).toBe(sentence)

  await page.goto('/settings/webhooks')
  await page.getByRole('link', { name: 'Release channel' }).click()
  const delivery = page.getByRole('button', { name: `#${told?.delivery ?? ''},` })
  await expect(delivery).toContainText('Delivered')
  await expect(delivery).toContainText(/Answered 204 in \d+ ms\. 1 attempt/)
  await delivery.click()
  await expect(page.getByText('"event": "rollout.awaiting-approval"')).toBeVisible()
  await expectAccessible(page)
  await page.getByRole('button', { name: 'Send again' }).click()
  await expect
    .poll(() => receiver.heard.filter((one) => one.delivery === told?.delivery && one.isSigned).length)
    .toBe(2)

  await other.getByRole('link', { name: 'All notifications' }).click()
  await expect(other.getByRole('heading', { name: 'Notifications', level: 1 })).toBeVisible()
  await expect(other.getByRole('link', { name: sentence })).toBeVisible()
  await expectAccessible(other)
  await second.close()
  await receiver.stop()
})

test.describe('somebody who may only look', () => {
  test.use({ role: 'viewer' })
  test('has a bell of his own, and is told why he sees no webhooks', async ({ page }) => {
    await page.goto('/settings/webhooks')
    await expect(page.getByText('Only administrators see webhooks')).toBeVisible()
    await page.getByRole('button', { name: /^Notifications/ }).click()
    await expect(page.getByRole('dialog', { name: 'Notifications' })).toBeVisible()
    await expectAccessible(page)
    await page.keyboard.press('Escape')
    await expect(page.getByRole('button', { name: /^Notifications/ })).toBeFocused()
  })
})
