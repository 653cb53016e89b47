import { expectAccessible } from './fixtures/accessibility.ts'
import { startDevices } from './fixtures/fleets.ts'
import { makeGatewayClient } from './fixtures/gateway-client.ts'
import { GatewayProcess } from './fixtures/gateway-process.ts'
import { administrator } from './fixtures/test-gateway.ts'
import { expect, test } from './fixtures/test.ts'
import { FleetsPage } from './pages/fleets-page.ts'
import { Shell } from './pages/shell.ts'
import { SignInPage } from './pages/sign-in-page.ts'

test.use({ role: null })

test('from an empty folder to the first device on screen', async ({ page }) => {
  const gateway = new GatewayProcess()
  await gateway.start()
  try {
    await page.goto(gateway.url)
    await expect(page.getByText('There is no administrator yet')).toBeVisible()
    await expectAccessible(page)

    await page.goto(await gateway.setupLink())
    await expectAccessible(page)
    const signIn = new SignInPage(page)
    await signIn.makeAdministrator({ ...administrator, password: 'short' })
    await expect(page.getByText('must have at least 12 characters')).toBeVisible()
    await signIn.makeAdministrator(administrator)

    await expect(page.getByText('No fleets yet')).toBeVisible()
    const shell = new Shell(page)
    await shell.expectConnection('Live')
    await expectAccessible(page)

    await new FleetsPage(page).create('Field stations', 'Raspberry Pi 4 (64-bit) (aarch64)')
    await expect(page).toHaveURL(/\/fleets\/\d+\/settings$/)
    await expect(page.getByRole('heading', { name: 'Field stations', level: 1 })).toBeVisible()
    await expectAccessible(page)

    await page
      .getByRole('button', { name: /new key/i })
      .first()
      .click()
    const dialog = page.getByRole('dialog')
    await dialog.getByLabel('Name').fill('Workshop')
    await expectAccessible(page)
    await dialog.getByRole('button', { name: 'Create key' }).click()
    const provisioningKey = await page.getByTestId('secret').innerText()
    await expectAccessible(page)
    await page.getByRole('button', { name: 'Done, I copied it' }).click()
    await expect(page.getByText('Workshop')).toBeVisible()

    await shell.goTo('Fleets')
    const card = new FleetsPage(page).card('Field stations')
    await expect(card).toContainText('0 devices')
    const cookie = (await page.context().cookies()).map(({ name, value }) => `${name}=${value}`).join('; ')
    const api = makeGatewayClient(gateway.url, { cookie })
    const fleet = (await api.call('listFleets')).fleets[0]
    const devices = startDevices({ url: gateway.url }, [
      { fleet: { id: fleet?.id ?? 0, name: 'Field stations', provisioningKey }, count: 1 },
    ])
    try {
      await expect(card).toContainText('1 device')
      await expect(card.getByRole('link', { name: /^1\s*online$/ })).toBeVisible()
      await card.getByRole('link', { name: /online$/ }).click()
      await expect(page.getByRole('link', { name: devices.devices[0]?.name ?? '-' })).toBeVisible()
    } finally {
      await devices.stop()
    }
  } finally {
    await gateway.dispose()
  }
})
