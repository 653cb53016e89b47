import { expectAccessible } from './fixtures/accessibility.ts'
import { composeOf, makeFleet, makeRelease, pinFleet } from './fixtures/fleets.ts'
import { expect, test } from './fixtures/test.ts'

const COUNT = 4
const services = (version: string) => [
  { name: 'sensor', version },
  { name: 'uplink', version: '1.0.0' },
]

test('a release is made from a pasted compose file and sent from the page; its progress moves by itself', async ({
  page,
  gateway,
  switchOn,
}) => {
  const fleet = await makeFleet(gateway.api, 'Sent to')
  const first = await makeRelease(gateway.api, fleet, { semver: '1.0.0', services: services('1.0.0') })
  await pinFleet(gateway.api, fleet, first)
  const virtual = switchOn([{ fleet, count: COUNT }])
  const applied = (commit: string) => virtual.devices.filter((device) => device.commit === commit).length
  await expect.poll(() => applied(first.commit)).toBe(COUNT)

  await page.goto(`/releases/new?fleetId=${fleet.id}`)
  const editor = page.getByRole('textbox', { name: 'docker-compose.yml' })
  const problems = page.getByRole('list', { name: 'Problems of the compose file' })
  await editor.fill('services:\n  sensor:\n    build: .\n')
  await expect(problems.getByRole('button', { name: /Line [23]\b/ }).first()).toBeVisible()
  await expect(page.getByText(/error: it cannot run on a device/)).toBeVisible()
  await expect(page.getByRole('button', { name: /^Make/ })).toBeDisabled()
  await expectAccessible(page)

  await editor.fill(composeOf(services('1.1.0')))
  await page.getByRole('textbox', { name: 'Version' }).fill('1.1.0')
  await expect(problems.getByText('error')).toHaveCount(0)
  await expectAccessible(page)
  await page.getByRole('button', { name: 'Make final release' }).click()
  await expect(page.getByRole('heading', { name: '1.1.0', level: 1 })).toBeVisible()
  await expectAccessible(page)

  await page.getByRole('link', { name: 'Send to fleet' }).click()
  await expect(page.getByText(`${COUNT} of ${COUNT} devices will be updated`)).toBeVisible()
  await page.getByLabel('Plan', { exact: true }).selectOption('Everyone now')
  await expectAccessible(page)
  await page.getByRole('button', { name: 'Start…' }).click()
  const dialog = page.getByRole('dialog', { name: `Send 1.1.0 to ${COUNT} devices` })
  await expectAccessible(page)
  await dialog.getByRole('button', { name: 'Start rollout' }).click()

  await expect(page).toHaveURL(/\/rollouts\/\d+$/)
  await expect(page.getByText('Running', { exact: true }).first()).toBeVisible()
  await expectAccessible(page)
  const { rows } = await gateway.api.call('listReleases', { query: { fleetId: fleet.id, q: '1.1.0' } })
  await expect.poll(() => applied(rows[0]?.commit ?? '-'), { timeout: 60_000 }).toBe(COUNT)
  // 30 s of soaking come after the installation.
  await expect(page.getByText('Completed', { exact: true }).first()).toBeVisible({ timeout: 90_000 })
  await expectAccessible(page)
})

test('two releases are compared: services, images, and the bytes between them', async ({ page, gateway }) => {
  const fleet = await makeFleet(gateway.api, 'Compared')
  const older = await makeRelease(gateway.api, fleet, { semver: '1.0.0', services: services('1.0.0') })
  const newer = await makeRelease(gateway.api, fleet, {
    semver: '1.1.0',
    services: [...services('1.1.0'), { name: 'camera', version: '0.1.0' }],
  })
  await page.goto(`/releases?fleetId=${fleet.id}`)
  await expect(page.getByRole('link', { name: '1.1.0' })).toBeVisible()
  await expectAccessible(page)
  await page.goto(`/releases/compare?from=${older.id}&to=${newer.id}`)
  await expect(page.getByText(/to send/).first()).toBeVisible()
  const service = (name: string) =>
    page.getByRole('listitem').filter({ has: page.getByRole('heading', { name, exact: true }) })
  await expect(service('sensor')).toContainText('Changed')
  await expect(service('camera')).toContainText('Added')
  await expect(service('uplink')).toContainText('Same')
  await expectAccessible(page)
})
